/** Where agencies stand on their way to the draw, and for whom the draw waits. */
import type { AgencyRow, BoardPhase } from '../../src/board/feed';

/**
 * - `absent`: has not connected.
 * - `loading`: sends bets, or has gone before it had sent all.
 * - `barrier`: has finished; nothing more to do before the draw.
 * - `served`: has its winners.
 */
export type Place = 'absent' | 'loading' | 'barrier' | 'served';

/** How an agency looks in pictures and in the table; `left`: it has finished, and is not connected. */
export type Look = 'absent' | 'loading' | 'gone' | 'waiting' | 'finished' | 'left';

export function placeOf(row: AgencyRow, phase: BoardPhase): Place {
  if (row.finished) return phase === 'drawn' && row.connection !== 'waiting' ? 'served' : 'barrier';
  return row.connection === 'absent' && row.stored === 0 ? 'absent' : 'loading';
}

export function lookOf({ finished, connection }: AgencyRow): Look {
  if (connection === 'waiting') return 'waiting';
  if (finished) return connection === 'connected' ? 'finished' : 'left';
  return connection === 'connected' ? 'loading' : connection;
}

export function sortIntoPlaces(
  rows: Iterable<AgencyRow>,
  phase: BoardPhase,
): Readonly<Record<Place, readonly AgencyRow[]>> {
  const places: Record<Place, AgencyRow[]> = { absent: [], loading: [], barrier: [], served: [] };
  for (const row of rows) places[placeOf(row, phase)].push(row);
  return places;
}

/**
 * The agencies that have not finished, those first that most need somebody: whoever has gone, whoever has
 * never come, then by bets stored, fewest first.
 */
export function missingOf(rows: Iterable<AgencyRow>): AgencyRow[] {
  const order: Readonly<Record<AgencyRow['connection'], number>> = {
    gone: 0,
    absent: 1,
    waiting: 2,
    connected: 2,
  };
  return [...rows]
    .filter(({ finished }) => !finished)
    .sort(
      (a, b) =>
        order[a.connection] - order[b.connection] || a.stored - b.stored || a.agency - b.agency,
    );
}
