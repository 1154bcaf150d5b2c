/** Stops a central whose files were taken from under it, before it acknowledges more. */
import type { Clock } from '../../../base/clock';
import { LIMITS } from '../../../base/limits';
import type { StoreEntry } from '../../state';
import type { StoreGuard } from './guard';

export interface StoreWatchOptions {
  readonly guard: Pick<StoreGuard, 'check'>;
  readonly clock: Clock;
  /** Called once, with the error: nothing may be acknowledged any more. */
  readonly onFatal: (error: unknown) => void;
}

export class StoreWatch {
  private checkedMs = -Infinity;
  private lost = false;
  private cancelTick: () => void = () => undefined;

  constructor(private readonly options: StoreWatchOptions) {}

  /** Checks at every tick, with or without commits. */
  start(): void {
    this.cancelTick = this.options.clock.after(LIMITS.deadlineTickMs, () => {
      if (this.isIntact()) this.start();
    });
  }

  stop(): void {
    this.cancelTick();
  }

  /**
   * Whether a commit may be acknowledged: every path still leads to its file. Commits in a burst share one check;
   * the draw has its own.
   */
  mayAcknowledge(entries: readonly StoreEntry[]): boolean {
    const fresh = this.options.clock.nowMs() - this.checkedMs < LIMITS.storeCheckMs;
    const isDraw = entries.some(({ kind }) => kind === 'draw');
    return (fresh && !isDraw && !this.lost) || this.isIntact();
  }

  private isIntact(): boolean {
    if (this.lost) return false;
    try {
      this.options.guard.check();
      this.checkedMs = this.options.clock.nowMs();
      return true;
    } catch (error) {
      this.lost = true;
      this.options.onFatal(error);
      return false;
    }
  }
}
