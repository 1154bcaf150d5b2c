/** Writes the certificate of the draw, after everybody has been answered. */
import {
  blockBytesFor,
  composeActa,
  demandOwnActa,
  outcomeOf,
  saveActa,
} from '../../store/file/acta';
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log';
import { logFailure } from '../../base/process';
import { endActaExpectation } from '../../store/file/acta-pending';
import { BetsAudit } from '../../store/file/bets-audit';
import type { Files } from '../../store/file/files';
import type { Store } from '../../store/file/store';
import type { DrawRecord } from '../../store/state';
import { withStoreCode } from '../../store/file/store-error';
import type { Lottery } from '../session/lottery';

export interface ActaOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Pick<Store, 'state' | 'csvPath' | 'csvDescriptor'>;
  /** Lets all ranges of the audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
  readonly lottery: Lottery;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class ActaWriter {
  private abandoned = false;
  private isWriting = false;
  private audit: BetsAudit | null = null;
  /** Called when what was begun is over. */
  private onOver: () => void = () => undefined;

  constructor(private readonly options: ActaOptions) {}

  /**
   * Writes the acta in the background if there was a draw and its acta is missing. Without it the
   * draw stands all the same, so that a failure is logged, and the next start tries again.
   */
  begin(): void {
    const { files, directory, store, lottery } = this.options;
    const { draw } = store.state;
    if (this.isWriting || draw === null) return;
    this.isWriting = true;
    this.guarded(() => {
      // Another one may have been put there while the central was running.
      const present = demandOwnActa(files, directory, store.state, (agency) =>
        lottery.winnersOf(agency),
      );
      if (present === null) this.write(draw);
      else this.succeed(present.digest);
    });
  }

  /**
   * The central stops: waits for what was begun, but not for ever. What is not written by then waits
   * for the next start.
   *
   * @param done called once
   */
  finish(done: () => void): void {
    if (!this.isWriting) {
      done();
      return;
    }
    const { clock, logger } = this.options;
    const cancel = clock.after(LIMITS.actaStopTimeoutMs, () => {
      this.onOver = () => undefined;
      this.abandoned = true;
      this.audit?.close();
      const reason = 'it takes too long; the next start writes it';
      logger.warning('acta', 'in_progress', { reason });
      done();
    });
    this.onOver = () => {
      cancel();
      done();
    };
  }

  private write(draw: DrawRecord): void {
    const { files, directory, store, lottery, readRanges } = this.options;
    const { csvBytes } = store.state;
    const blockBytes = blockBytesFor(csvBytes);
    const fd = store.csvDescriptor;
    // What is certified is what was stored, so that it is checked once more while it is hashed.
    const audit = new BetsAudit({
      path: store.csvPath,
      fd,
      size: () => files.size(fd),
      state: store.state,
      number: null,
      blockBytes,
    });
    this.audit = audit;
    const save = (): void => {
      // The directory may be another central's by now.
      if (this.abandoned) return;
      audit.finish();
      const outcome = outcomeOf(store.state, draw, (agency) => lottery.winnersOf(agency));
      const acta = composeActa(outcome, csvBytes, { blockBytes, hashes: audit.hashes });
      saveActa(files, directory, acta);
      this.succeed(acta.digest);
    };
    readRanges(audit).then(
      () => {
        this.guarded(save);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  private succeed(digest: string): void {
    const { files, directory, logger } = this.options;
    endActaExpectation(files, directory);
    logger.info('acta', 'success', { digest });
    this.end();
  }

  private fail(error: unknown): void {
    const { logger, directory } = this.options;
    if (!this.abandoned) logFailure(logger, 'acta', withStoreCode(directory, error));
    this.end();
  }

  private end(): void {
    this.isWriting = false;
    this.options.logger.flush();
    this.onOver();
  }
}
