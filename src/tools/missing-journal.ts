/** What a directory without the first file of a journal is to commands that work on a store. */
import { join } from 'node:path';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import { readOnlyFiles, type Files } from '../store/file/directory/files';
import { SEGMENT_NAMES } from '../store/file/journal/journal';
import { CSV_NAME, recover } from '../store/file/journal/recovery';
import { refuseLeftovers } from '../store/file/leftovers';
import { incomplete, noStore, storeError } from '../store/store-error';

/**
 * Demands the first file of the journal, which every store has from its first start on. Where it is missing,
 * the verdict is that of a start.
 *
 * @throws LoteriaError STORE_DAMAGED when it was removed; STORE_INCOMPLETE when a start would make it; STORE_IO;
 *   DATA_UNREADABLE when no file of a store is there
 */
export function demandJournal(directory: string): void {
  const [first, second] = SEGMENT_NAMES.map((name) => join(directory, name)) as [string, string];
  if (isThere(first)) return;
  refuseLeftovers(readOnlyFiles, directory);
  demandFreshDirectory(directory);
  const isBegun = [second, join(directory, CSV_NAME)].some(isThere);
  if (isBegun) throw incomplete(first, 'the file is missing, and was never used');
  const { code, message } = noStore(directory);
  throw new LoteriaError(code, `${message}, which \`loteria config\` shows`);
}

/** @throws LoteriaError STORE_IO when the directory hides it from this user */
function isThere(path: string): boolean {
  try {
    return readOnlyFiles.identityAt(path) !== null;
  } catch (error) {
    throw storeError(path, error);
  }
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
    recover({ files: PROBING_FILES, directory, segmentBytes: LIMITS.journalSegmentBytes });
  } catch (error) {
    if (!(error instanceof BeginsStore)) throw storeError(directory, error);
  }
}
