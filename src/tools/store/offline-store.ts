/** What commands do with the store of a central that is not running. */
import type { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { nodeFiles } from '../../store/file/directory/files';
import { directoryAt } from '../../store/engines';
import { DirectoryLock } from '../../store/file/directory/lock';
import { Store } from '../../store/file/store';
import { demandJournal } from '../missing-journal';

/**
 * Does something with a store that no central is using.
 *
 * @param place the directory of a central
 * @throws LoteriaError CONFIG_INVALID, DATA_UNREADABLE, STORE_LOCKED, STORE_DAMAGED, STORE_INCOMPLETE, STORE_IO
 */
export async function withStore<T>(place: string, work: (store: Store) => Promise<T>): Promise<T> {
  const directory = directoryAt(place);
  demandJournal(directory);
  const lock = await DirectoryLock.acquire(directory);
  try {
    return await new Promise<T>((resolve, reject) => {
      openAndWork(directory, work, reject).then(resolve, reject);
    });
  } finally {
    await lock.release();
  }
}

async function openAndWork<T>(
  directory: string,
  work: (store: Store) => Promise<T>,
  onFailure: (error: LoteriaError) => void,
): Promise<T> {
  const segmentBytes = LIMITS.journalSegmentBytes;
  const store = Store.open({ directory, files: nodeFiles, segmentBytes, onFailure });
  try {
    return await work(store);
  } finally {
    await new Promise<void>((resolve) => {
      store.close(resolve);
    });
  }
}
