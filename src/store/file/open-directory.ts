/** Opens the default engine on the disk of this machine, for as long as no other central does. */
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import type { OpenStore, StoreListener } from '../bet-store';
import { withOwnerAdvice } from '../store-error';
import { createDirectory } from './directory/directory';
import { nodeFiles, type Files } from './directory/files';
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
  /**
   * Gets the duration of each sync that the main thread did not wait for, and must call `proceed`, which
   * goes on after it. Undefined: none is measured.
   */
  readonly onSync?: (ms: number, proceed: () => void) => void;
}

/**
 * @throws LoteriaError STORE_LOCKED, STORE_DAMAGED, STORE_IO; CONFIG_INVALID for a store of another
 *   edition
 */
export async function openDirectory(
  options: DirectoryOptions,
  listener: StoreListener,
): Promise<OpenStore> {
  const { directory, clock, onSync } = options;
  const files = onSync === undefined ? nodeFiles : timedFiles(nodeFiles, clock, onSync);
  createDirectory(files, directory);
  try {
    return await openLocked(options, files, listener);
  } catch (error) {
    throw withOwnerAdvice(error);
  }
}

async function openLocked(
  options: DirectoryOptions,
  files: Files,
  listener: StoreListener,
): Promise<OpenStore> {
  const { directory, logger, keepsSecret } = options;
  const lock = await DirectoryLock.acquire(directory);
  try {
    const guard = new StoreGuard(files);
    lock.watchedBy(guard);
    const segmentBytes = LIMITS.journalSegmentBytes;
    const store = FileBetStore.open({ ...options, files, guard, segmentBytes }, listener);
    if (keepsSecret) closeJournalToOthers(directory);
    warnIfOthersHaveAccess(logger, directory);
    return { store, release: () => release(lock, directory, logger) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The same files, with each sync measured. */
function timedFiles(
  files: Files,
  clock: Pick<Clock, 'nowMs'>,
  onSync: (ms: number, proceed: () => void) => void,
): Files {
  return {
    ...files,
    syncLater: (fd, done) => {
      const startMs = clock.nowMs();
      files.syncLater(fd, (error) => {
        onSync(clock.nowMs() - startMs, () => {
          done(error);
        });
      });
    },
  };
}

async function release(lock: DirectoryLock, directory: string, logger: Logger): Promise<void> {
  await lock.release();
  logger.info('close_lock', 'success', { directory });
}
