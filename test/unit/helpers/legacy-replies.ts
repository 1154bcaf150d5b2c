/** What the agency's codecs for earlier systems have in common, as tests over data of each dialect. */
import { expect } from 'chai';
import type { BetField, BetText } from '../../../src/domain/bet-fields';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { WireError } from '../../../src/protocol/codes';
import type {
  AgencyDialect,
  Awaited,
  LegacyReply,
} from '../../../src/protocol/dialects/agency/agency-dialect';
import { thrownBy } from './failures';
import { NORA_TEXT } from './legacy-bets';

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Data of one dialect. */
export interface AgencyCases {
  /** What changes a good bet into one that cannot be expressed: which field is to blame, and why. */
  readonly problems: readonly (readonly [change: Partial<BetText>, field: BetField, why: string])[];
  /** What leaves a good bet one that can be expressed. */
  readonly expressible: readonly Partial<BetText>[];
  readonly replies: readonly (readonly [Awaited, Buffer, LegacyReply])[];
  /** Lists of winners: none, one, many. */
  readonly winners: readonly (readonly [Buffer, documents: readonly string[]])[];
  /** What no central of this dialect sends, and part of the error. */
  readonly nonsense: readonly (readonly [Awaited, Buffer, why: string])[];
}

/** Tests what an agency refuses to send, and what it makes of the bytes of its central. */
export function describeAgency(agency: AgencyDialect, cases: AgencyCases): void {
  describe(`${agency.name}, the agency: bets that it cannot express`, () => {
    for (const [change, field, why] of cases.problems) {
      it(JSON.stringify(change), () => {
        const reason = `cannot be expressed in dialect ${agency.name}: ${why}`;
        expect(agency.findProblem({ ...NORA_TEXT, ...change })).to.deep.equal({ field, reason });
      });
    }
    for (const change of cases.expressible) {
      it(`not ${JSON.stringify(change)}`, () => {
        expect(agency.findProblem({ ...NORA_TEXT, ...change })).to.equal(undefined);
      });
    }
  });

  describe(`${agency.name}, the agency: replies`, () => {
    for (const [awaited, bytes, reply] of cases.replies) {
      it(`${reply.kind}, where it awaits ${awaited}: ${shown(bytes)}`, () => {
        expectReply(agency, awaited, bytes, reply);
      });
    }
    for (const [bytes, documents] of cases.winners) {
      it(`${String(documents.length)} winners: ${shown(bytes)}`, () => {
        expectReply(agency, 'winners', bytes, { kind: 'winners', documents });
      });
    }
    for (const [awaited, bytes, why] of cases.nonsense) {
      it(`nonsense, where it awaits ${awaited}: ${shown(bytes)}`, () => {
        expectNonsense(agency, awaited, bytes, why);
      });
    }
  });
}

/** As text, where it is that. */
function shown(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return /^[\x20-\x7e\n\t]*$/.test(text) ? JSON.stringify(text) : bytes.toString('hex');
}

/** Expects this reply, however the bytes are cut, and nothing before the last of them. */
function expectReply(
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
    const decoded = dialect.decodeReply(input, awaited);
    expect(decoded).to.deep.equal(i === bytes.length - 1 ? reply : undefined);
  }
}

function expectNonsense(
  dialect: AgencyDialect,
  awaited: Awaited,
  bytes: Buffer,
  why: string,
): void {
  const input = new FrameBuffer();
  input.append(bytes);
  dialect.begin();
  const error = thrownBy(() => dialect.decodeReply(input, awaited));
  expect(error).to.be.instanceOf(WireError);
  expect(String(error)).to.include(why);
}
