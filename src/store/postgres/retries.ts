/** What to do when the database does not answer: try again where that is safe, and say so in the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import { adviseCentral, refusalOf } from './refusals';

export class Retries {
  private abandoned = false;
  private lastFailureMs = -Infinity;

  /**
   * @param name of the store, for errors
   * @param onRetry called before `work` is repeated
   */
  constructor(
    private readonly logger: Logger,
    private readonly name: string,
    private readonly onRetry: () => void = () => undefined,
  ) {}

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
   * @throws LoteriaError whatever coded error `work` throws; STORE_REFUSED, STORE_DAMAGED for one of the server
   *   that is not retryable; after {@link abandon} any error
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.abandoned) throw error;
        this.noteFailure('retry', error);
        await sleep(LIMITS.busyRetryMs);
        if (this.isAbandoned) throw error;
        this.onRetry();
      }
    }
  }

  /**
   * Logs a failure that may pass; once a second at most, as many agencies ask while the database does not answer.
   *
   * @throws LoteriaError for one that does not
   */
  noteFailure(operation: string, error: unknown): void {
    if (this.abandoned) return;
    const refusal =
      error instanceof LoteriaError ? error : refusalOf(this.name, error, adviseCentral);
    if (refusal !== null) throw refusal;
    const nowMs = performance.now();
    if (nowMs - this.lastFailureMs < LIMITS.storePollMs) return;
    this.lastFailureMs = nowMs;
    this.logger.warning('store', 'in_progress', { operation, reason: messageOf(error) });
  }
}
