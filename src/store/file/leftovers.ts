/** What is left of a store whose journal was removed: a new store must not begin beside it. */
import { join } from 'node:path';
import { damaged } from '../store-error';
import { ACTA_NAME } from './acta/acta-file';
import { isActaExpected } from './acta/acta-pending';
import { COMMITMENT_NAME } from './acta/commitment';
import type { Files } from './directory/files';
import { SEGMENT_NAMES } from './journal/journal';
import { PERSISTED_WINNERS_NAME } from './winners/persist-winners';
import { WINNERS_NAME } from './winners/winners-file';

/** Files that a central has written only where it had a journal. */
const LATER_NAMES: readonly string[] = [
  COMMITMENT_NAME,
  WINNERS_NAME,
  ACTA_NAME,
  PERSISTED_WINNERS_NAME,
];

/**
 * Demands that a directory without a journal has nothing that only a store with one can have. Journal and
 * bets.csv are for the recovery.
 *
 * @throws LoteriaError STORE_DAMAGED; errors of `files` where a directory has the name of a file
 */
export function refuseLeftovers(files: Files, directory: string): void {
  const journal = join(directory, SEGMENT_NAMES[0]);
  if (files.exists(journal)) return;
  const refuse = (why: string): never => {
    throw damaged(journal, 0, `the file is missing, but ${why}`);
  };
  const later = LATER_NAMES.map((name) => join(directory, name)).find((path) => files.exists(path));
  if (later !== undefined) {
    // A directory of that name was left by nobody's store: it cannot be opened, and the error says so.
    files.close(files.open(later, false));
    refuse(`${later} is there`);
  }
  if (isActaExpected(files, directory)) refuse('a draw was made');
}
