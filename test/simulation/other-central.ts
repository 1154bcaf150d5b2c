/** Another central on the same store: a program of an agency has reached it, and leaves again. */
import type { StoreEntry } from '../../src/store/state';
import type { CentralHost } from './central-host';
import type { AgencyInput } from './input';
import type { Referee } from './referee';
import type { World } from './world';

/** It claims an agency, and perhaps stores and acknowledges the next of its bets. */
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
  const makeEntry = ({ stored }: { readonly stored: number }): StoreEntry | null => {
    end = Math.min(stored + countMax, rows.length);
    if (end <= stored) return null;
    const promised = book.of(agency);
    promised.boundaries.add(end);
    const sent = Buffer.from(rows.slice(stored, end).join(''));
    const checksum = checksums[end] ?? 0;
    return { kind: 'bets', agency, count: end - stored, rows: sent, checksum };
  };
  central.claimElsewhere(agency, makeEntry, () => {
    book.promiseStored(book.of(agency), end, 'ACK of another central');
    book.onPromise();
  });
}
