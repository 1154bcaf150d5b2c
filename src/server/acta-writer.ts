/** Writes the certificate of the draw, after everybody has been answered. */
import { hashBlocks } from '../parsing/block-hash';
import type { WorkerPool } from '../parsing/pool';
import { blockBytesFor, composeActa, loadActa, outcomeOf, saveActa } from '../store/acta';
import type { Logger } from '../base/log';
import { logFailure } from '../base/process';
import type { Files } from '../store/files';
import type { Store } from '../store/store';
import { withStoreErrors } from '../store/store-error';
import type { Lottery } from './lottery';

export interface ActaOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Store;
  readonly pool: WorkerPool | null;
  readonly lottery: Lottery;
  readonly logger: Logger;
}

export class ActaWriter {
  private abandoned = false;

  constructor(private readonly options: ActaOptions) {}

  /**
   * Writes the acta in the background if there was a draw and its acta is missing. Without it the
   * draw stands all the same, so that a failure is logged, and the next start tries again.
   */
  begin(): void {
    const { logger, directory } = this.options;
    withStoreErrors(directory, () => this.write()).then(
      (digest) => {
        if (digest !== null) logger.info('acta', 'success', { digest });
        logger.flush();
      },
      (error: unknown) => {
        if (!this.abandoned) logFailure(logger, 'acta', error);
        logger.flush();
      },
    );
  }

  /** The central stops: what is not written yet waits for the next start. */
  abandon(): void {
    this.abandoned = true;
  }

  /** @returns the digest, or null when there was no draw */
  private async write(): Promise<string | null> {
    const { files, directory, store, pool, lottery } = this.options;
    const { draw, csvBytes } = store.state;
    if (draw === null) return null;
    const present = loadActa(files, directory);
    if (present !== null) return present.digest;
    const blockBytes = blockBytesFor(csvBytes);
    const hashes = await hashBlocks(store.csvPath, csvBytes, blockBytes, pool);
    const outcome = outcomeOf(store.state, draw, (agency) => lottery.winnersOf(agency));
    const acta = composeActa(outcome, csvBytes, { blockBytes, hashes });
    saveActa(files, directory, acta);
    return acta.digest;
  }
}
