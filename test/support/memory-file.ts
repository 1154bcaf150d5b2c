/**
 * One file of the simulated disk: what programs read from it, and what a power loss may leave.
 *
 * The disk takes sectors of 512 bytes, each whole or not at all, in any order. So each sector has
 * its durable bytes and, behind them, every later content that is not known to be on disk; so has
 * the file's length. A power loss leaves any one of them in each place, independently: sectors that
 * were lost inside a longer length read as zeros, sectors that were kept behind a shorter length
 * are gone.
 */

export const SECTOR_BYTES = 512;

/** Numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** A value that is not known to be durable. */
interface Later<T> {
  readonly stamp: number;
  readonly value: T;
  /** A sync of it failed: the system takes it for clean, and no later sync writes it again. */
  givenUp: boolean;
}

/** The values of one place of the disk that are not known to be durable, oldest first. */
class Pending<T> {
  private later: Later<T>[] = [];

  get isEmpty(): boolean {
    return this.later.length === 0;
  }

  get newest(): T | undefined {
    return this.later.at(-1)?.value;
  }

  write(stamp: number, value: T): void {
    this.later.push({ stamp, value, givenUp: false });
  }

  /** @returns what is durable now, if anything has become so */
  sync(upTo: number): T | undefined {
    const at = this.later.findLastIndex(({ stamp, givenUp }) => stamp <= upTo && !givenUp);
    const synced = this.later[at];
    if (synced !== undefined) this.later = this.later.slice(at + 1);
    return synced?.value;
  }

  giveUp(upTo: number): void {
    for (const version of this.later) if (version.stamp <= upTo) version.givenUp = true;
  }

  /** The value after a power loss: the newest with the given probability, else any of them. */
  survivor(durable: T, random: Random, keep: number): T {
    if (random() < keep) return this.newest ?? durable;
    const which = Math.floor(random() * (this.later.length + 1));
    return this.later[which - 1]?.value ?? durable;
  }
}

/** A sector as it was once: so many bytes behind the beginning of a copy. */
interface Sector {
  readonly copy: Buffer;
  readonly at: number;
}

let made = 0;

export class MemoryFile {
  /** Which file it is, as inode numbers say it. */
  readonly identity = `memory:${String(++made)}`;
  /** Whole sectors; zeros behind the length. */
  private current: Buffer;
  /** The same as far as it is durable; {@link current} itself until something is written. */
  private durable: Buffer;
  private durableLength: number;
  private readonly pendingLength = new Pending<number>();
  /** By the number of the sector. */
  private readonly pendingSectors = new Map<number, Pending<Sector>>();
  /** Counts writes, so that a sync can tell what was written before it began. */
  private stamp = 0;

  /** @param bytes what is durable from the beginning */
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.current = Buffer.alloc(wholeSectors(bytes.length));
    bytes.copy(this.current);
    this.durable = this.current;
    this.durableLength = bytes.length;
  }

  get length(): number {
    return this.pendingLength.newest ?? this.durableLength;
  }

  /** The whole content, as programs see it. */
  content(): Buffer {
    return Buffer.from(this.view());
  }

  /** The same without a copy, until the next change. */
  view(): Buffer {
    return this.current.subarray(0, this.length);
  }

  read(into: Buffer, position: number): number {
    const end = Math.min(position + into.length, this.length);
    return end > position ? this.current.copy(into, 0, position, end) : 0;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    this.makeRoom(end);
    this.current.set(bytes, position);
    this.noteChange(position, end);
    // Writing the last byte again makes the length wait for a sync again.
    if (end >= this.length) this.setLength(end);
  }

  truncate(length: number): void {
    const before = this.length;
    this.makeRoom(length);
    this.current.fill(0, length);
    this.noteChange(length, before);
    this.setLength(length);
  }

  /** Begins a sync; the result completes it, for what had been written when it began. */
  beginSync(): (succeeded: boolean) => void {
    const upTo = this.stamp;
    return (succeeded) => {
      if (succeeded) this.sync(upTo);
      else this.giveUp(upTo);
    };
  }

  /** What a power loss leaves of the content. */
  afterPowerLoss(random: Random): Buffer {
    const keep = random() * 1.4 - 0.2; // often all, or nothing by preference
    const length = this.pendingLength.survivor(this.durableLength, random, keep);
    const bytes = Buffer.alloc(length);
    this.durable.copy(bytes);
    for (const [index, pending] of this.pendingSectors) {
      const at = index * SECTOR_BYTES;
      const { copy, at: from } = pending.survivor({ copy: this.durable, at }, random, keep);
      if (at < length) copy.copy(bytes, at, from, from + SECTOR_BYTES);
    }
    return bytes;
  }

  private sync(upTo: number): void {
    for (const [index, pending] of this.pendingSectors) {
      const synced = pending.sync(upTo);
      if (synced === undefined) continue;
      const { copy, at } = synced;
      copy.copy(this.durable, index * SECTOR_BYTES, at, at + SECTOR_BYTES);
      if (pending.isEmpty) this.pendingSectors.delete(index);
    }
    this.durableLength = this.pendingLength.sync(upTo) ?? this.durableLength;
  }

  private giveUp(upTo: number): void {
    for (const pending of this.pendingSectors.values()) pending.giveUp(upTo);
    this.pendingLength.giveUp(upTo);
  }

  /** For bytes up to `end`, and for a durable content of its own. */
  private makeRoom(end: number): void {
    const bytes = wholeSectors(end);
    if (bytes > this.current.length) {
      const larger = Math.max(bytes, 2 * this.current.length);
      const { current, durable } = this;
      this.current = Buffer.alloc(larger);
      this.durable = Buffer.alloc(larger);
      current.copy(this.current);
      durable.copy(this.durable);
    } else if (this.durable === this.current) this.durable = Buffer.from(this.current);
  }

  /** Every sector that has one of these bytes waits for a sync again. */
  private noteChange(start: number, end: number): void {
    if (start >= end) return;
    const first = start - (start % SECTOR_BYTES);
    const copy = Buffer.from(this.current.subarray(first, wholeSectors(end)));
    const stamp = ++this.stamp;
    for (let at = 0; at < copy.length; at += SECTOR_BYTES) {
      const index = (first + at) / SECTOR_BYTES;
      let pending = this.pendingSectors.get(index);
      if (pending === undefined) {
        pending = new Pending();
        this.pendingSectors.set(index, pending);
      }
      pending.write(stamp, { copy, at });
    }
  }

  private setLength(length: number): void {
    this.pendingLength.write(++this.stamp, length);
  }
}

function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}
