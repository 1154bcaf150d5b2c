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
const ZERO_SECTOR = Buffer.alloc(SECTOR_BYTES);

/** Numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** A value that is not known to be durable. */
interface Later<T> {
  readonly stamp: number;
  readonly value: T;
  /** A sync of it failed: the system takes it for clean, and no later sync writes it again. */
  readonly givenUp: boolean;
}

/** A place of the disk: its durable value, and those that were written since. */
class Cell<T> {
  private later: Later<T>[] = [];

  constructor(private durable: T) {}

  get current(): T {
    const newest = this.later.at(-1);
    return newest === undefined ? this.durable : newest.value;
  }

  get isDurable(): boolean {
    return this.later.length === 0;
  }

  write(stamp: number, value: T): void {
    this.later.push({ stamp, value, givenUp: false });
  }

  sync(upTo: number): void {
    const at = this.later.findLastIndex(({ stamp, givenUp }) => stamp <= upTo && !givenUp);
    const synced = this.later[at];
    if (synced === undefined) return;
    this.durable = synced.value;
    this.later = this.later.slice(at + 1);
  }

  giveUp(upTo: number): void {
    this.later = this.later.map((version) =>
      version.stamp <= upTo ? { ...version, givenUp: true } : version,
    );
  }

  /** The value after a power loss: the newest with the given probability, else any of them. */
  survivor(random: Random, keep: number): T {
    if (random() < keep) return this.current;
    const values = [this.durable, ...this.later.map(({ value }) => value)];
    return values[Math.floor(random() * values.length)] ?? this.durable;
  }
}

let made = 0;

export class MemoryFile {
  /** Which file it is, as inode numbers say it. */
  readonly identity = `memory:${String(++made)}`;
  private readonly sectors = new Map<number, Cell<Buffer>>();
  private readonly dirty = new Set<Cell<unknown>>();
  private readonly lengthCell: Cell<number>;
  /** Counts writes, so that a sync can tell what was written before it began. */
  private stamp = 0;

  /** @param bytes what is durable from the beginning */
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.lengthCell = new Cell(bytes.length);
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      const sector = Buffer.alloc(SECTOR_BYTES);
      bytes.copy(sector, 0, at, at + SECTOR_BYTES);
      this.sectors.set(at / SECTOR_BYTES, new Cell(sector));
    }
  }

  get length(): number {
    return this.lengthCell.current;
  }

  /** The whole content, as programs see it. */
  content(): Buffer {
    const bytes = Buffer.alloc(this.length);
    this.read(bytes, 0);
    return bytes;
  }

  read(into: Buffer, position: number): number {
    const end = Math.min(position + into.length, this.length);
    for (let at = position; at < end;) {
      const offset = at % SECTOR_BYTES;
      const count = Math.min(SECTOR_BYTES - offset, end - at);
      this.sector((at - offset) / SECTOR_BYTES).copy(into, at - position, offset, offset + count);
      at += count;
    }
    return Math.max(0, end - position);
  }

  write(bytes: Uint8Array, position: number): void {
    for (let from = 0; from < bytes.length;) {
      const offset = (position + from) % SECTOR_BYTES;
      const part = bytes.subarray(from, from + SECTOR_BYTES - offset);
      this.change((position + from - offset) / SECTOR_BYTES, offset, part);
      from += part.length;
    }
    // Writing the last byte again makes the length wait for a sync again.
    if (position + bytes.length >= this.length) this.setLength(position + bytes.length);
  }

  truncate(length: number): void {
    for (let at = length; at < this.length; at += SECTOR_BYTES - (at % SECTOR_BYTES)) {
      const offset = at % SECTOR_BYTES;
      this.change((at - offset) / SECTOR_BYTES, offset, ZERO_SECTOR.subarray(offset));
    }
    this.setLength(length);
  }

  /** Begins a sync; the result completes it, for what had been written when it began. */
  beginSync(): (succeeded: boolean) => void {
    const upTo = this.stamp;
    return (succeeded) => {
      for (const cell of this.dirty) {
        if (succeeded) cell.sync(upTo);
        else cell.giveUp(upTo);
        if (cell.isDurable) this.dirty.delete(cell);
      }
    };
  }

  /** What a power loss leaves of the content. */
  afterPowerLoss(random: Random): Buffer {
    const keep = random() * 1.4 - 0.2; // often all, or nothing by preference
    const bytes = Buffer.alloc(this.lengthCell.survivor(random, keep));
    for (const [index, cell] of this.sectors) {
      const sector = cell.survivor(random, keep);
      const at = index * SECTOR_BYTES;
      if (at < bytes.length) sector.copy(bytes, at);
    }
    return bytes;
  }

  private sector(index: number): Buffer {
    return this.sectors.get(index)?.current ?? ZERO_SECTOR;
  }

  private change(index: number, offset: number, bytes: Uint8Array): void {
    const sector = Buffer.from(this.sector(index));
    sector.set(bytes, offset);
    let cell = this.sectors.get(index);
    if (cell === undefined) {
      cell = new Cell<Buffer>(ZERO_SECTOR);
      this.sectors.set(index, cell);
    }
    cell.write(++this.stamp, sector);
    this.dirty.add(cell);
  }

  private setLength(length: number): void {
    this.lengthCell.write(++this.stamp, length);
    this.dirty.add(this.lengthCell);
  }
}
