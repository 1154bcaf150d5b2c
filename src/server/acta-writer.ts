/** Writes the certificate of the draw, after everybody has been answered. */
import { blockBytesFor, composeActa, demandOwnActa, outcomeOf, saveActa } from '../store/acta';
import type { Clock } from '../base/clock';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import { logFailure } from '../base/process';
import { endActaExpectation } from '../store/acta-pending';
import { BetsAudit } from '../store/bets-audit';
import type { Files } from '../store/files';
import type { Store } from '../store/store';
import { withStoreErrors } from '../store/store-error';
import type { Lottery } from './lottery';

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
  /** What was begun; it never fails. */
  private work: Promise<void> = Promise.resolve();
  private audit: BetsAudit | null = null;

  constructor(private readonly options: ActaOptions) {}

  /**
   * Writes the acta in the background if there was a draw and its acta is missing. Without it the
   * draw stands all the same, so that a failure is logged, and the next start tries again.
   */
  begin(): void {
    this.work = this.work.then(() => this.attempt());
  }

  /**
   * The central stops: waits for what was begun, but not for ever. What is not written by then waits
   * for the next start.
   */
  async finish(): Promise<void> {
    const { clock, logger } = this.options;
    let cancel: () => void = () => undefined;
    const deadline = new Promise<'late'>((resolve) => {
      cancel = clock.after(LIMITS.actaStopTimeoutMs, () => {
        resolve('late');
      });
    });
    const outcome = await Promise.race([this.work, deadline]);
    cancel();
    this.abandoned = true;
    this.audit?.close();
    if (outcome !== 'late') return;
    const reason = 'it takes too long; the next start writes it';
    logger.warning('acta', 'in_progress', { reason });
  }

  private async attempt(): Promise<void> {
    const { logger, directory } = this.options;
    try {
      const digest = await withStoreErrors(directory, () => this.write());
      if (digest !== null) logger.info('acta', 'success', { digest });
    } catch (error) {
      if (!this.abandoned) logFailure(logger, 'acta', error);
    }
    logger.flush();
  }

  /** @returns the digest, or null when there was no draw, or it is too late */
  private async write(): Promise<string | null> {
    const { files, directory, store, lottery, readRanges } = this.options;
    const { draw, csvBytes } = store.state;
    if (draw === null) return null;
    const winnersOf = (agency: number): number => lottery.winnersOf(agency);
    // Another one may have been put there while the central was running.
    const present = demandOwnActa(files, directory, store.state, winnersOf);
    if (present !== null) {
      endActaExpectation(files, directory);
      return present.digest;
    }
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
    await readRanges(audit);
    audit.finish();
    const outcome = outcomeOf(store.state, draw, winnersOf);
    const acta = composeActa(outcome, csvBytes, { blockBytes, hashes: audit.hashes });
    // The directory may be another central's by now.
    if (this.abandoned) return null;
    saveActa(files, directory, acta);
    endActaExpectation(files, directory);
    return acta.digest;
  }
}
