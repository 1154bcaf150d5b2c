/** The draw, from the stored bets to a durable list of winners. */
import type { Clock } from '../base/clock';
import { LOTTERY_WINNER_NUMBER } from '../domain/bet';
import type { Winners } from '../domain/winners';
import type { Files } from '../store/files';
import type { BareDraw, DrawRecord } from '../store/state';
import type { Store } from '../store/store';
import { withStoreCode } from '../store/store-error';
import { loadWinners, saveWinners, type WinnersSummary } from '../store/winners-file';

export interface DrawOptions {
  readonly files: Files;
  readonly directory: string;
  readonly store: Store;
  readonly clock: Clock;
  /** Looks for the winners in the first `bytes` of bets.csv. */
  readonly search: (path: string, bytes: number) => PromiseLike<Winners>;
  /** 16 hexadecimal digits that no other draw has. */
  readonly createId: () => string;
}

/**
 * Looks for the winners and saves them. The caller makes the draw itself durable; if it cannot, the
 * next start draws again, from the same bets and with the same winners.
 *
 * @throws LoteriaError STORE_IO
 */
export function makeDraw(
  options: DrawOptions,
): PromiseLike<{ draw: DrawRecord; winners: Winners }> {
  return findAndSave(options).then(({ winners, summary }) => {
    const id = options.createId();
    const timeMs = options.clock.wallTimeMs();
    const draw = { id, timeMs, winningNumber: LOTTERY_WINNER_NUMBER, ...summary };
    return { draw, winners };
  });
}

/**
 * The winners of a draw made earlier; they are looked for again if their file is gone.
 *
 * @throws LoteriaError STORE_IO, STORE_DAMAGED
 */
export function reloadWinners(options: DrawOptions): Winners | PromiseLike<Winners> {
  const { files, directory } = options;
  let saved: Winners | null;
  try {
    saved = loadWinners(files, directory);
  } catch (error) {
    throw withStoreCode(directory, error);
  }
  return saved ?? findAndSave(options).then(({ winners }) => winners);
}

interface Found {
  readonly winners: Winners;
  readonly summary: WinnersSummary;
}

function findAndSave(options: DrawOptions): PromiseLike<Found> {
  const { store, files, directory, search } = options;
  const save = (winners: Winners): Found => ({
    winners,
    summary: saveWinners(files, directory, winners),
  });
  return search(store.csvPath, store.state.csvBytes)
    .then(save)
    .then(undefined, (error: unknown) => {
      throw withStoreCode(directory, error);
    });
}

/**
 * Records what came out of a draw of an earlier version, which recorded only that it was made. Its
 * winners follow from the bets.
 *
 * @throws LoteriaError STORE_IO
 */
export async function recordOutcome(options: DrawOptions, bare: BareDraw): Promise<void> {
  const { summary } = await findAndSave(options);
  const draw = { ...bare, winningNumber: LOTTERY_WINNER_NUMBER, ...summary };
  await options.store.commitNow([{ kind: 'draw', draw }]);
}
