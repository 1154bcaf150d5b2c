/** Opens the default engine on the disk of this machine, for as long as no other central does. */
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import type { StoreListener } from '../bet-store';
import { createDirectory } from './directory/directory';
import { nodeFiles } from './directory/files';
import { StoreGuard } from './directory/guard';
import { DirectoryLock } from './directory/lock';
import { FileBetStore, type FileStoreOptions } from './file-bet-store';
import { closeJournalToOthers, warnIfOthersHaveAccess } from './permissions';

export interface DirectoryOptions extends Omit<
  FileStoreOptions,
  'files' | 'guard' | 'segmentBytes'
> {
  /** Whether a secret is stored: the seed of a random number. */
  readonly keepsSecret: boolean;
}

/** An open directory, with what keeps others out. */
export interface OpenDirectory {
  readonly store: FileBetStore;
  /** Lets others in; to be called when the store is closed. */
  release(): Promise<void>;
}

/**
 * @throws LoteriaError STORE_LOCKED, STORE_DAMAGED, STORE_IO; CONFIG_INVALID for a store of another
 *   edition
 */
export async function openDirectory(
  options: DirectoryOptions,
  listener: StoreListener,
): Promise<OpenDirectory> {
  const { directory, logger, keepsSecret } = options;
  createDirectory(nodeFiles, directory);
  const lock = await DirectoryLock.acquire(directory);
  try {
    const guard = new StoreGuard(nodeFiles);
    lock.watchedBy(guard);
    const segmentBytes = LIMITS.journalSegmentBytes;
    const store = FileBetStore.open(
      { ...options, files: nodeFiles, guard, segmentBytes },
      listener,
    );
    if (keepsSecret) closeJournalToOthers(directory);
    warnIfOthersHaveAccess(logger, directory);
    return { store, release: () => release(lock, directory, logger) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function release(lock: DirectoryLock, directory: string, logger: Logger): Promise<void> {
  await lock.release();
  logger.info('close_lock', 'success', { directory });
}
