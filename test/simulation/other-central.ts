/** Another central on the same store: a program of an agency has reached it, and leaves again. */
import type { StoreEntry } from '../../src/store/state';
import type { CentralHost } from './central-host';
import type { AgencyInput } from './input';
import type { Referee } from './referee';
import type { World } from './world';

/** It claims an agency, and perhaps stores and acknowledges the next of its bets, and its end. */
export function claimElsewhere(
  world: World,
  central: CentralHost,
  { book }: Referee,
  { agency, dialect, rows, checksums }: AgencyInput,
): void {
  const { random } = world;
  // Bets without an offset would be stored once more by the program that goes on here.
  const countMax = dialect === null ? random.int(0, 3) : 0;
  let end = 0;
  const finishes = dialect === null && random.chance(0.3);
  let entries: readonly StoreEntry[] = [];
  const makeEntries = ({ stored }: { readonly stored: number }): readonly StoreEntry[] => {
    end = Math.min(stored + countMax, rows.length);
    const promised = book.of(agency);
    promised.boundaries.add(end);
    const sent = Buffer.from(rows.slice(stored, end).join(''));
    const [count, checksum] = [end - stored, checksums[end] ?? 0];
    const bets: StoreEntry[] =
      count > 0 ? [{ kind: 'bets', agency, count, rows: sent, checksum }] : [];
    const isEnd = finishes && end === rows.length;
    if (isEnd) promised.finishSent = true;
    entries = isEnd ? [...bets, { kind: 'finished', agency }] : bets;
    return entries;
  };
  central.claimElsewhere(agency, makeEntries, () => {
    const promised = book.of(agency);
    book.promiseStored(promised, end, 'ACK of another central');
    if (entries.some(({ kind }) => kind === 'finished')) promised.finished = true;
    book.onPromise();
  });
}
