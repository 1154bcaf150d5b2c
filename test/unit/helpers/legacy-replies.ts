/** Checks of what an agency makes of the bytes of a legacy central. */
import { expect } from 'chai';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { WireError } from '../../../src/protocol/codes';
import type {
  AgencyDialect,
  Awaited,
  LegacyReply,
} from '../../../src/protocol/dialects/agency/agency-dialect';
import { thrownBy } from './failures';

export function bytesOf(...parts: readonly (string | readonly number[] | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
}

/** Expects this reply, however the bytes are cut, and nothing before the last of them. */
export function expectReply(
  dialect: AgencyDialect,
  awaited: Awaited,
  bytes: Buffer,
  reply: LegacyReply,
): void {
  const behind = Buffer.from([0x31, 0x7c]);
  for (let at = 0; at <= bytes.length; at++) {
    const input = new FrameBuffer();
    input.append(bytes.subarray(0, at));
    if (at < bytes.length)
      expect(dialect.decodeReply(input, awaited), String(at)).to.equal(undefined);
    input.append(bytes.subarray(at));
    input.append(behind);
    expect(dialect.decodeReply(input, awaited)).to.deep.equal(reply);
    expect(input.take(input.length)).to.deep.equal(behind);
  }
  const input = new FrameBuffer();
  for (const [i, byte] of bytes.entries()) {
    input.append(Buffer.from([byte]));
    const heard = dialect.decodeReply(input, awaited);
    expect(heard).to.deep.equal(i === bytes.length - 1 ? reply : undefined);
  }
}

export function expectNonsense(
  dialect: AgencyDialect,
  awaited: Awaited,
  bytes: Buffer,
  ...words: readonly string[]
): void {
  const input = new FrameBuffer();
  input.append(bytes);
  dialect.begin();
  const error = thrownBy(() => dialect.decodeReply(input, awaited));
  expect(error).to.be.instanceOf(WireError);
  for (const word of words) expect(String(error)).to.include(word);
}
