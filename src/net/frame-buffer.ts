/**
 * The bytes that arrived on a connection and are not decoded yet.
 *
 * Owns bytes and does no I/O. Invariant: `length` is the sum of the chunks' lengths minus the consumed
 * part of the first chunk. A frame inside one chunk is returned as a view (Node allocates a new buffer
 * for each read, so its bytes do not change later), a frame across chunks as a copy.
 */
import { invariant, present } from '../base/invariant';
import { LIMITS } from '../base/limits';

export class FrameBuffer {
  private chunks: Buffer[] = [];
  /** Bytes of the first chunk that are consumed. */
  private consumed = 0;
  private bytes = 0;

  /** @param meter counts what all buffers of a kind hold */
  constructor(private readonly meter?: ByteMeter) {}

  /** Bytes that can be read. */
  get length(): number {
    return this.bytes;
  }

  /** Appends bytes; the caller must not change them afterwards. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.grow(chunk.length);
    // A peer that sends single bytes would otherwise cost an object for each.
    if (this.chunks.length > LIMITS.inputChunksPerConnectionMax) this.joinLast();
  }

  /** The byte at `index`, which must be there. */
  byteAt(index: number): number {
    invariant(index < this.bytes, 'read behind the end of a frame buffer');
    let at = index + this.consumed;
    for (const chunk of this.chunks) {
      const byte = chunk[at];
      if (byte !== undefined) return byte;
      at -= chunk.length;
    }
    return present<number>(undefined, 'the length of a frame buffer is wrong');
  }

  /** The big-endian u16 at `index`, whose two bytes must be there. */
  uint16At(index: number): number {
    const first = this.chunks[0];
    const at = index + this.consumed;
    if (first !== undefined && at + 2 <= first.length) return first.readUInt16BE(at);
    return this.byteAt(index) * 256 + this.byteAt(index + 1);
  }

  /** Index of the first `byte` at or after `from`, or -1. */
  indexOf(byte: number, from = 0): number {
    let start = -this.consumed;
    for (const chunk of this.chunks) {
      const found = chunk.indexOf(byte, Math.max(from - start, start < 0 ? -start : 0));
      if (found >= 0) return start + found;
      start += chunk.length;
    }
    return -1;
  }

  /** Consumes the first `count` bytes, which must be there. */
  take(count: number): Buffer {
    invariant(count <= this.bytes, 'took more bytes than a frame buffer holds');
    const first = this.chunks[0];
    if (first === undefined || count === 0) return Buffer.alloc(0);
    if (this.consumed + count > first.length) return this.takeAcross(count);
    const frame = first.subarray(this.consumed, this.consumed + count);
    this.consumed += count;
    this.grow(-count);
    if (this.consumed === first.length) this.dropFirst();
    return frame;
  }

  /** A copy of up to `count` bytes from the front, which stay. */
  peek(count: number): Buffer {
    const wanted = Math.min(count, this.bytes);
    const out = Buffer.allocUnsafe(wanted);
    for (let i = 0; i < wanted; i++) out[i] = this.byteAt(i);
    return out;
  }

  /** Forgets everything. */
  clear(): void {
    this.chunks = [];
    this.consumed = 0;
    this.grow(-this.bytes);
  }

  /**
   * Copies the rest of a first chunk that is mostly consumed: the rest of its frame may arrive late, and
   * a view of a few bytes keeps the whole chunk in memory.
   */
  release(): void {
    const first = this.chunks[0];
    if (first === undefined || this.consumed <= first.length / 2) return;
    // Not from the pool of small buffers, which the copy would keep in memory.
    const rest = Buffer.allocUnsafeSlow(first.length - this.consumed);
    first.copy(rest, 0, this.consumed);
    this.chunks[0] = rest;
    this.consumed = 0;
  }

  /** Joins only the chunks of the frame: later chunks may be long and are not copied. */
  private takeAcross(count: number): Buffer {
    const frame = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const chunk = present(this.chunks[0], 'a frame buffer holds fewer bytes than it says');
      const copied = chunk.copy(frame, filled, this.consumed, this.consumed + count - filled);
      filled += copied;
      this.consumed += copied;
      if (this.consumed === chunk.length) this.dropFirst();
    }
    this.grow(-count);
    return frame;
  }

  /**
   * Joins the last chunks, from the first that is not longer than all later ones together. Each remaining
   * chunk is longer than all later ones, so there are few. A byte that is copied again moves into a chunk
   * at least twice as long, so it is copied a logarithmic number of times, however small the pieces are.
   */
  private joinLast(): void {
    let behind = this.bytes + this.consumed;
    const start = this.chunks.findIndex(({ length }) => {
      behind -= length;
      return length <= behind;
    });
    if (start < 0) return;
    const joined = this.chunks.splice(start);
    if (start === 0) {
      joined[0] = present(joined[0], 'there is nothing to join').subarray(this.consumed);
      this.consumed = 0;
    }
    this.chunks.push(Buffer.concat(joined));
  }

  private grow(count: number): void {
    this.bytes += count;
    this.meter?.add(count);
  }

  private dropFirst(): void {
    this.chunks.shift();
    this.consumed = 0;
  }
}

/** Counts the bytes of several buffers together. */
export class ByteMeter {
  private bytes = 0;

  get total(): number {
    return this.bytes;
  }

  /** @param count below 0 for bytes that are held no longer */
  add(count: number): void {
    this.bytes += count;
  }
}
