/** Bytes through the code under test, in a few words. */
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { WireError } from '../../../src/protocol/codes';
import type { Command } from '../../../src/protocol/commands';
import { decodeReply, type ReceivedReply } from '../../../src/protocol/native/agency-codec';
import { NativeServerCodec } from '../../../src/protocol/native/server-codec';
import { preface } from '../../support/wire-builder';

/** Commands that the central reads from chunks, in which the preface comes first. */
export function commandsOf(chunks: readonly Uint8Array[]): Command[] {
  const codec = new NativeServerCodec();
  return drain(chunks, (input) => codec.decode(input));
}

/** The commands of bytes behind the preface. */
export function commandsBehindPreface(bytes: Uint8Array): Command[] {
  return commandsOf([preface(), bytes]);
}

export function repliesOf(chunks: readonly Uint8Array[]): ReceivedReply[] {
  return drain(chunks, decodeReply);
}

function drain<T>(
  chunks: readonly Uint8Array[],
  decode: (input: FrameBuffer) => T | undefined,
): T[] {
  const input = new FrameBuffer();
  const decoded: T[] = [];
  for (const chunk of chunks) {
    input.append(Buffer.from(chunk));
    for (let one = decode(input); one !== undefined; one = decode(input)) decoded.push(one);
  }
  if (input.length > 0) throw new Error(`${String(input.length)} bytes were not decoded`);
  return decoded;
}

/** The code of the WireError that `decode` throws, or what came instead. */
export function wireCodeOf(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Each byte on its own. */
export function singleBytes(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}
