/** How long an agency goes on trying without progress. */
import type { Clock } from '../base/clock';
import { LIMITS } from '../base/limits';

export class Patience {
  /** When there was progress. */
  private progressMs: number;
  /** When a central last answered in good order, with progress or without. */
  private answeredMs: number;

  /** @param retryForMs for how long, while no central answers; while one does, `LIMITS.busyRetriesForMax` times as long */
  constructor(
    private readonly clock: Pick<Clock, 'nowMs'>,
    private readonly retryForMs: number,
  ) {
    this.progressMs = clock.nowMs();
    this.answeredMs = this.progressMs;
  }

  noteProgress(): void {
    this.progressMs = this.clock.nowMs();
  }

  /** A central has answered in good order that it cannot serve the agency now. */
  notePostponed(): void {
    this.answeredMs = this.clock.nowMs();
  }

  /** @returns how long the agency has tried, in ms, when that was long enough; else null */
  get endedAfterMs(): number | null {
    const { retryForMs } = this;
    const nowMs = this.clock.nowMs();
    const triedMs = nowMs - this.progressMs;
    const unansweredMs = Math.min(triedMs, nowMs - this.answeredMs);
    if (unansweredMs > retryForMs) return unansweredMs;
    return triedMs > retryForMs * LIMITS.busyRetriesForMax ? triedMs : null;
  }
}
