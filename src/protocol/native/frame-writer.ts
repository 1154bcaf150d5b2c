import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import { HEADER_BYTES } from './layout';

/** Builds one frame of known size from front to back. */
export class FrameWriter {
  private readonly frame: Buffer;
  private position: number = HEADER_BYTES;

  constructor(type: number, bodyBytes: number) {
    const length = HEADER_BYTES + bodyBytes;
    invariant(length <= LIMITS.frameBytesMax, `a frame of ${String(length)} bytes is too long`);
    this.frame = Buffer.allocUnsafe(length);
    this.frame.writeUInt16BE(length, 0);
    this.frame.writeUInt8(type, 2);
    this.frame.writeUInt8(0, 3);
  }

  u8(value: number): this {
    this.position = this.frame.writeUInt8(value, this.position);
    return this;
  }

  u16(value: number): this {
    this.position = this.frame.writeUInt16BE(value, this.position);
    return this;
  }

  u32(value: number): this {
    this.position = this.frame.writeUInt32BE(value, this.position);
    return this;
  }

  u64(value: number): this {
    invariant(Number.isSafeInteger(value) && value >= 0, 'a u64 must be a safe whole number');
    return this.u32(Math.floor(value / 0x1_0000_0000)).u32(value % 0x1_0000_0000);
  }

  bytes(bytes: Uint8Array): this {
    this.frame.set(bytes, this.position);
    this.position += bytes.length;
    return this;
  }

  /** The frame, which must be full. */
  done(): Buffer {
    invariant(this.position === this.frame.length, 'a frame must be filled to its last byte');
    return this.frame;
  }
}
