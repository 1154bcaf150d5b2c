/** The draw, from the stored bets to a durable list of winners. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock';
import type { Winners } from '../domain/winners';
import type { WorkerPool } from '../parsing/pool';
import { searchWinners } from '../parsing/winner-search';
import type { Files } from '../store/files';
import type { DrawRecord } from '../store/state';
import type { Store } from '../store/store';
import { withStoreErrors } from '../store/store-error';
import { loadWinners, saveWinners } from '../store/winners-file';

export interface DrawOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly pool: WorkerPool | null;
}

/**
 * Looks for the winners and saves them. The caller makes the draw itself durable; if it cannot, the
 * next start draws again, from the same bets and with the same winners.
 *
 * @throws LoteriaError STORE_IO
 */
export async function makeDraw(
  options: DrawOptions,
): Promise<{ draw: DrawRecord; winners: Winners }> {
  const winners = await withStoreErrors(options.directory, () => findAndSave(options));
  const id = randomBytes(8).toString('hex');
  return { draw: { id, timeMs: options.clock.wallTimeMs() }, winners };
}

/**
 * The winners of a draw made earlier; they are looked for again if their file is gone.
 *
 * @throws LoteriaError STORE_IO, STORE_DAMAGED
 */
export function reloadWinners(options: DrawOptions): Promise<Winners> {
  const { files, directory } = options;
  return withStoreErrors(
    directory,
    async () => loadWinners(files, directory) ?? (await findAndSave(options)),
  );
}

async function findAndSave(options: DrawOptions): Promise<Winners> {
  const { store, pool, files, directory } = options;
  const winners = await searchWinners(store.csvPath, store.state.csvBytes, pool);
  saveWinners(files, directory, winners);
  return winners;
}
