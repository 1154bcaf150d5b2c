/**
 * `loteria store agencies`: changes the number of agencies of a stored lottery. The change is recorded in the
 * store, and the acta names it.
 */
import { systemClock } from '../../base/clock';
import { LoteriaError } from '../../base/errors';
import { isDrawn, type StoreState } from '../../store/state';
import type { AgenciesChange } from '../../store/terms';
import { withStore } from './offline-store';

/** What became of the number of agencies. */
export type ChangedAgencies = Pick<AgenciesChange, 'from' | 'to'>;

/**
 * @param agencies how many there are to be
 * @returns the number before and after, which may be the same
 * @throws LoteriaError CONFIG_INVALID, DATA_UNREADABLE, STORE_LOCKED, STORE_DAMAGED, STORE_INCOMPLETE, STORE_IO
 */
export function changeAgencies(directory: string, agencies: number): Promise<ChangedAgencies> {
  return withStore(directory, async (store) => {
    const from = changeableAgencies(directory, store.state, agencies);
    const change = { from, to: agencies, timeMs: systemClock.wallTimeMs() };
    if (from !== agencies) await store.commitNow([{ kind: 'agencies', change }]);
    return change;
  });
}

/**
 * Whether the number of agencies may be changed.
 *
 * @returns how many there are now
 * @throws LoteriaError CONFIG_INVALID
 */
export function changeableAgencies(
  directory: string,
  state: Readonly<StoreState>,
  wanted: number,
): number {
  const refuse = (why: string): never => {
    throw new LoteriaError('CONFIG_INVALID', `${directory}: ${why}`);
  };
  const { terms, agencies, betsDigest, salt } = state;
  if (isDrawn(state)) return refuse('the draw was made, and nobody joins it');
  if (terms === null) return refuse('an earlier version wrote it; start the central on it once');
  if (terms.agencies !== wanted) {
    if (salt !== null) {
      return refuse('the salt of the draw is recorded, and nobody may bet who knows it');
    }
    if (betsDigest !== null) {
      return refuse('the digest of all bets was published for the draw, and no bet may follow');
    }
  }
  const highest = Math.max(0, ...agencies.keys());
  if (highest > wanted) {
    return refuse(
      `agency ${String(highest)} has taken part: expected ${String(highest)} or more, not ` +
        String(wanted),
    );
  }
  return terms.agencies;
}
