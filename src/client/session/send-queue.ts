/** Batches between the source and the central: read, perhaps sent, not yet acknowledged. */
import type { Batch } from '../csv/batch';
import type { Holding } from './witness';

/** The bets that the central has, by our own source. */
interface Position extends Holding {
  readonly sourceBytes: number;
}

export class SendQueue {
  /** In the order of the source. */
  private batches: Batch[] = [];
  /** How many of them are sent on this connection. */
  private sentCount = 0;
  /** Null until the source was brought to where the central is. */
  private position: Position | null = null;

  get length(): number {
    return this.batches.length;
  }

  get sent(): number {
    return this.sentCount;
  }

  /** Bets that the central has acknowledged. */
  get stored(): number {
    return this.position?.stored ?? 0;
  }

  /** Bets that the central has, and their checksum. */
  get holding(): Holding {
    return { stored: this.stored, checksum: this.position?.checksum ?? 0 };
  }

  /** Bets up to here the central has or was sent on this connection; more it cannot acknowledge. */
  get sentEnd(): number {
    const last = this.batches[this.sentCount - 1];
    return last === undefined ? this.stored : Math.max(this.stored, endOf(last));
  }

  /** The oldest batch that is sent and not acknowledged. */
  get unanswered(): Batch | undefined {
    return this.sentCount > 0 ? this.batches[0] : undefined;
  }

  get sourceBytes(): number {
    return this.position?.sourceBytes ?? 0;
  }

  push(batch: Batch): void {
    this.batches.push(batch);
  }

  /** The next batch to send, counted as sent; undefined when all are. */
  sendNext(): Batch | undefined {
    const batch = this.batches[this.sentCount];
    if (batch !== undefined) this.sentCount++;
    return batch;
  }

  /** Why no central that is true to its word would acknowledge so many bets; undefined: it may. */
  findFault(upTo: number): string | undefined {
    const said = `it acknowledged ${String(upTo)} bets`;
    if (upTo > this.sentEnd) return `${said}, and was sent ${String(this.sentEnd)}`;
    return upTo < this.stored ? `${said}, and ${String(this.stored)} before` : undefined;
  }

  /** Drops the acknowledged batches. @returns whether there were any */
  acknowledge(upTo: number): boolean {
    let count = 0;
    while (count < this.sentCount && endOf(this.batches[count]) <= upTo) count++;
    if (count === 0) return false;
    this.drop(count);
    this.sentCount -= count;
    return true;
  }

  /** The connection is lost; batches in flight may or may not have arrived. */
  disconnect(): void {
    this.sentCount = 0;
  }

  /**
   * Resumes at the central's offset, if a known batch ends there.
   *
   * @returns false when the source has to be read again
   */
  resumeAt(stored: number, checksum: number): boolean {
    const { position } = this;
    if (position === null) return false;
    if (position.stored === stored) return position.checksum === checksum;
    const index = this.batches.findIndex((batch) => endOf(batch) === stored);
    if (index < 0 || this.batches[index]?.checksum !== checksum) return false;
    this.drop(index + 1);
    return true;
  }

  /** Forgets everything; the source was, or will be, brought to another place. */
  restartAt(stored: number, checksum: number): void {
    this.batches = [];
    this.sentCount = 0;
    this.position = { stored, checksum, sourceBytes: 0 };
  }

  /** Forgets everything, also where the central is. */
  clear(): void {
    this.batches = [];
    this.sentCount = 0;
    this.position = null;
  }

  private drop(count: number): void {
    const last = this.batches[count - 1];
    this.batches = this.batches.slice(count);
    if (last === undefined) return;
    this.position = {
      stored: endOf(last),
      checksum: last.checksum,
      sourceBytes: last.sourceBytes,
    };
  }
}

function endOf(batch: Batch | undefined): number {
  return batch === undefined ? Number.POSITIVE_INFINITY : batch.offset + batch.count;
}
