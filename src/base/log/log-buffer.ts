/**
 * A bounded queue of log lines to write. Lines of low levels are dropped while there is still space for
 * higher levels, so that a flood of messages cannot hide an error.
 */
import { LIMITS } from '../limits';
import type { LogLevel } from './log';

/** Lines that were dropped, by level. */
export type DroppedLines = Readonly<Record<LogLevel, number>>;

/** How far the buffer may be full when a line of the level comes. */
const SHARE: Readonly<Record<LogLevel, number>> = {
  DEBUG: 1 / 2,
  INFO: 3 / 4,
  WARNING: 7 / 8,
  ERROR: 1,
  CRITICAL: 1,
};
/** Below this share there is space again, so that the count of dropped lines is worth a line. */
const SPACE_SHARE = 1 / 4;

const NOTHING: Buffer = Buffer.alloc(0);
const NONE: DroppedLines = { DEBUG: 0, INFO: 0, WARNING: 0, ERROR: 0, CRITICAL: 0 };

export class LogBuffer {
  /** Bytes that were handed out and not wholly written. */
  private head = NOTHING;
  private readonly chunks: Buffer[] = [];
  /** The lines after those, not encoded yet. */
  private gathered = '';
  private chunkBytes = 0;
  private dropped: Record<LogLevel, number> = { ...NONE };
  private hasDropped = false;

  constructor(private readonly bytesMax: number = LIMITS.logBufferBytesMax) {}

  /** What waits, in bytes; of the last few lines, in characters. */
  get size(): number {
    return this.head.length + this.chunkBytes + this.gathered.length;
  }

  /** Whether a chunk is full, so that there is no point in gathering more before it is written. */
  get hasChunk(): boolean {
    return this.chunks.length > 0;
  }

  /** Keeps a line, or counts it as dropped. */
  add(line: string, level: LogLevel): void {
    if (this.size + line.length > this.bytesMax * SHARE[level]) {
      this.dropped[level]++;
      this.hasDropped = true;
      return;
    }
    this.gathered += line;
    if (this.gathered.length >= LIMITS.logChunkBytes) this.cut();
  }

  /** The next bytes to write; empty when nothing waits. The same until they are `written`. */
  next(): Buffer {
    if (this.head.length > 0) return this.head;
    if (this.chunks.length === 0) this.cut();
    this.head = this.chunks.shift() ?? NOTHING;
    this.chunkBytes -= this.head.length;
    return this.head;
  }

  /** The first `bytes` of what `next` gave are written. */
  written(bytes: number): void {
    this.head = this.head.subarray(bytes);
  }

  /** Drops everything: there is no reader. */
  clear(): void {
    this.head = NOTHING;
    this.chunks.length = 0;
    this.chunkBytes = 0;
    this.gathered = '';
  }

  /** Lines dropped since the last call; null: none, or there is no space yet. */
  takeDropped(): DroppedLines | null {
    if (!this.hasDropped || this.size > this.bytesMax * SPACE_SHARE) return null;
    const { dropped } = this;
    this.dropped = { ...NONE };
    this.hasDropped = false;
    return dropped;
  }

  private cut(): void {
    if (this.gathered === '') return;
    const chunk = Buffer.from(this.gathered);
    this.gathered = '';
    this.chunks.push(chunk);
    this.chunkBytes += chunk.length;
  }
}
