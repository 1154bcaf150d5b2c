/** Writes the certificate of the draw in the background, after the draw's replies. */
import type { Clock } from '../../base/clock';
import { settle, whenThere, type Eventual } from '../../base/eventual';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import { logFailure } from '../../base/process';
import { composeActa, outcomeOf } from '../../store/acta';
import type { BetStore } from '../../store/bet-store';
import type { DrawRecord } from '../../store/state';
import type { Lottery } from '../session/lottery';

export interface ActaOptions {
  readonly store: Pick<BetStore, 'state' | 'digest' | 'loadActa' | 'saveActa' | 'abandon'>;
  readonly lottery: Pick<Lottery, 'winnersOf'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class ActaWriter {
  private abandoned = false;
  private isWriting = false;
  /** Called when the current write is over. */
  private onOver: () => void = () => undefined;

  constructor(private readonly options: ActaOptions) {}

  /**
   * Writes the acta in the background if there was a draw and its acta is missing. Without it the
   * draw stands all the same, so that a failure is logged, and the next start tries again.
   */
  begin(): void {
    const { store } = this.options;
    const { draw } = store.state;
    if (this.isWriting || draw === null) return;
    this.isWriting = true;
    settle(
      () =>
        // Another one may have been put there while the central was running.
        whenThere(store.loadActa(), (present) => present?.digest ?? this.write(draw)),
      (digest) => {
        if (this.abandoned) return;
        this.options.logger.info('acta', 'success', { digest });
        this.end();
      },
      (error) => {
        this.fail(error);
      },
    );
  }

  /**
   * Waits at shutdown for the current write, for a bounded time. After that the next start writes the
   * acta.
   *
   * @param done called once
   */
  finish(done: () => void): void {
    if (!this.isWriting) {
      done();
      return;
    }
    const { clock, logger, store } = this.options;
    const cancel = clock.after(LIMITS.actaStopTimeoutMs, () => {
      this.onOver = () => undefined;
      this.abandoned = true;
      store.abandon();
      const reason = 'it takes too long; the next start writes it';
      logger.warning('acta', 'in_progress', { reason });
      done();
    });
    this.onOver = () => {
      cancel();
      done();
    };
  }

  /** @returns the digest of all bets */
  private write(draw: DrawRecord): Eventual<string> {
    const { store, lottery } = this.options;
    // The acta certifies what was stored, so the bets are checked once more while they are hashed.
    return whenThere(store.digest(), ({ csvBytes, blocks, state }) => {
      const outcome = outcomeOf(state, draw, (agency) => lottery.winnersOf(agency));
      const acta = composeActa(outcome, csvBytes, blocks);
      // The directory may be another central's by now.
      if (this.abandoned) return acta.digest;
      return whenThere(store.saveActa(acta), () => acta.digest);
    });
  }

  private fail(error: unknown): void {
    if (!this.abandoned) logFailure(this.options.logger, 'acta', error);
    this.end();
  }

  private end(): void {
    this.isWriting = false;
    this.options.logger.flush();
    this.onOver();
  }
}
