/** What a directory without the first file of a journal is to commands that work on a store. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import { ACTA_NAME } from '../store/file/acta/acta-file';
import { isActaExpected } from '../store/file/acta/acta-pending';
import { COMMITMENT_NAME } from '../store/file/acta/commitment';
import { readOnlyFiles, type Files } from '../store/file/directory/files';
import { SEGMENT_NAMES } from '../store/file/journal/journal';
import { CSV_NAME, recover } from '../store/file/journal/recovery';
import { PERSISTED_WINNERS_NAME } from '../store/file/winners/persist-winners';
import { WINNERS_NAME } from '../store/file/winners/winners-file';
import { damaged, incomplete, noStore, storeError } from '../store/store-error';

/** Files that a central has written only where it had a journal. */
const LATER_NAMES: readonly string[] = [
  COMMITMENT_NAME,
  WINNERS_NAME,
  ACTA_NAME,
  PERSISTED_WINNERS_NAME,
];

/**
 * Demands the first file of the journal, which every store has from its first start on. Where it is missing,
 * the verdict is that of a start.
 *
 * @throws LoteriaError STORE_DAMAGED when it was removed; STORE_INCOMPLETE when a start would make it; STORE_IO;
 *   DATA_UNREADABLE when no file of a store is there
 */
export function demandJournal(directory: string): void {
  const [first, second] = SEGMENT_NAMES.map((name) => join(directory, name)) as [string, string];
  if (existsSync(first)) return;
  demandFreshDirectory(directory);
  const later = LATER_NAMES.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (later !== undefined) throw damaged(first, 0, `the file is missing, but ${later} is there`);
  if (isActaExpected(readOnlyFiles, directory)) {
    throw damaged(first, 0, 'the file is missing, but a draw was made');
  }
  const isBegun = [second, join(directory, CSV_NAME)].some((path) => existsSync(path));
  if (isBegun) throw incomplete(first, 'the file is missing, and was never used');
  const { code, message } = noStore(directory);
  throw new LoteriaError(code, `${message}, which \`loteria config\` shows`);
}

/** Thrown where a start would begin a new store. */
class BeginsStore extends Error {}

const PROBING_FILES: Files = {
  ...readOnlyFiles,
  remove: () => {
    throw new BeginsStore();
  },
};

/** Lets the recovery judge journal and bets, without a change. @throws LoteriaError STORE_DAMAGED, STORE_IO */
function demandFreshDirectory(directory: string): void {
  try {
    recover(PROBING_FILES, directory, LIMITS.journalSegmentBytes, undefined);
  } catch (error) {
    if (!(error instanceof BeginsStore)) throw storeError(directory, error);
  }
}
