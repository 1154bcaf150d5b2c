/** Takes frames off the input, and reads their bodies (docs/PROTOCOL.md, section 3). */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import { HEADER_BYTES } from './layout';

/**
 * Takes the next whole frame: u16 length of all of it, u8 type, u8 flags, body.
 *
 * @returns the frame, header included; undefined while it is incomplete; or a problem that more bytes
 *   cannot resolve
 */
export function takeFrame(input: FrameBuffer): Buffer | 'BAD_FRAME_LENGTH' | undefined {
  if (input.length < 2) return undefined;
  const length = input.uint16At(0);
  if (length < LIMITS.frameHeaderBytes || length > LIMITS.frameBytesMax) return 'BAD_FRAME_LENGTH';
  return input.length < length ? undefined : input.take(length);
}

/** Reads the body of one frame from front to back, and cannot stray past its end. */
export class FrameReader {
  private position: number = HEADER_BYTES;

  /** @param frame a whole frame, header included */
  constructor(private readonly frame: Buffer) {}

  u8(): number {
    return this.frame.readUInt8(this.advance(1));
  }

  u16(): number {
    return this.frame.readUInt16BE(this.advance(2));
  }

  u32(): number {
    return this.frame.readUInt32BE(this.advance(4));
  }

  /** A u64 that must not exceed 2^53 - 1. */
  u64(): number {
    const at = this.advance(8);
    const value = this.frame.readUInt32BE(at) * 0x1_0000_0000 + this.frame.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) throw malformed('a number above 2^53 - 1');
    return value;
  }

  bytes(count: number): Buffer {
    const at = this.advance(count);
    return this.frame.subarray(at, at + count);
  }

  /** All that is left. */
  rest(): Buffer {
    return this.bytes(this.frame.length - this.position);
  }

  /** Asserts that nothing is left. */
  end(): void {
    const left = this.frame.length - this.position;
    if (left > 0) throw malformed(`${String(left)} bytes left over`);
  }

  private advance(count: number): number {
    const at = this.position;
    if (at + count > this.frame.length) throw malformed('the frame is too short for its message');
    this.position = at + count;
    return at;
  }
}

/** The peer sent a frame whose body does not fit its type. */
export function malformed(what: string): WireError {
  return new WireError('MALFORMED_MESSAGE', what);
}
