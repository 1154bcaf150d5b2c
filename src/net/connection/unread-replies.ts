/** The replies that a peer has not read: how many bytes, and since when it has read none of them. */
import type { ByteMeter } from '../frame-buffer';

export class UnreadReplies {
  /** Since when the peer has read nothing; undefined: nothing is unread. */
  sinceMs: number | undefined;

  private noted = 0;
  /** Bytes that the system had not delivered at the last check of a peer that seemed not to read. */
  private undelivered = 0;

  /** @param total counts the bytes that all peers have not read */
  constructor(
    private readonly nowMs: () => number,
    private readonly total?: ByteMeter,
  ) {}

  /** @param bytes that wait in this process: if they decrease, the peer reads */
  note(bytes: number): void {
    if (bytes === 0) this.sinceMs = undefined;
    else if (this.sinceMs === undefined || bytes < this.noted) this.sinceMs = this.nowMs();
    this.total?.add(bytes - this.noted);
    this.noted = bytes;
  }

  /** @param bytes that the system holds undelivered: if they decrease, the peer reads */
  noteUndelivered(bytes: number): void {
    if (this.sinceMs !== undefined && bytes < this.undelivered) this.sinceMs = this.nowMs();
    this.undelivered = bytes;
  }
}
