import { LIMITS } from '../../base/limits';

/**
 * Counts replies that bring nothing new. An honest central sends one now and then; who sends them
 * without end would keep an agency busy, and waiting, for ever.
 */
export class IdleReplies {
  private inSecond = 0;
  private notYetsInSecond = 0;
  private count = 0;

  /** All of them so far, NOT_YET left out: that one is a reason to go on waiting. */
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
