/** What to do when the database does not answer: try again where that is safe, and say so in the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';

export class Retries {
  private abandoned = false;
  private lastFailureMs = -Infinity;

  constructor(private readonly logger: Logger) {}

  get isAbandoned(): boolean {
    return this.abandoned;
  }

  /** What fails from here on is neither repeated nor logged. */
  abandon(): void {
    this.abandoned = true;
  }

  /**
   * Repeats `work`, which must be safe to repeat, until the database answers.
   *
   * @throws LoteriaError whatever coded error `work` throws; after {@link abandon} any error
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.abandoned || error instanceof LoteriaError) throw error;
        this.noteFailure('retry', error);
        await sleep(LIMITS.busyRetryMs);
      }
    }
  }

  /** Once a second at most: many agencies ask while the database does not answer. */
  noteFailure(operation: string, error: unknown): void {
    const nowMs = performance.now();
    if (this.abandoned || nowMs - this.lastFailureMs < LIMITS.storePollMs) return;
    this.lastFailureMs = nowMs;
    const reason = messageOf(error).replaceAll(/[|\r\n]+/g, ' ');
    this.logger.warning('store', 'in_progress', { operation, reason });
  }
}
