import { LIMITS } from '../../base/limits';

/**
 * Counts replies without news. An honest central sends one now and then; an endless flood of them would keep
 * an agency busy, and waiting, forever.
 */
export class IdleReplies {
  private inSecond = 0;
  private notYetsInSecond = 0;
  private count = 0;

  /** Total so far, without NOT_YET, which is a heartbeat. */
  get total(): number {
    return this.count;
  }

  /** A second has begun. */
  startSecond(): void {
    this.inSecond = 0;
    this.notYetsInSecond = 0;
  }

  /** @returns whether that is one too many */
  note(): boolean {
    this.count++;
    return ++this.inSecond > LIMITS.idleRepliesPerSecondMax;
  }

  /** @returns whether that is one too many */
  noteNotYet(): boolean {
    return ++this.notYetsInSecond > LIMITS.idleRepliesPerSecondMax;
  }
}
