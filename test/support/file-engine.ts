/** The default engine on a directory of this machine's disk, without a lock. */
import { runSteps } from '../../src/base/eventual';
import { systemClock } from '../../src/base/clock';
import { auditRanges } from '../../src/parsing/audit-ranges';
import type { BetStore, CommitResult } from '../../src/store/bet-store';
import { nodeFiles } from '../../src/store/file/directory/files';
import { StoreGuard } from '../../src/store/file/directory/guard';
import { FileBetStore, type FileStoreOptions } from '../../src/store/file/file-bet-store';
import type { StoreEntry } from '../../src/store/state';
import { recordingLogger } from '../unit/helpers/recording-sink';

/** @param options what differs from a lottery on this disk */
export function openFileEngine(
  directory: string,
  options: Partial<FileStoreOptions> = {},
): FileBetStore {
  const files = options.files ?? nodeFiles;
  return FileBetStore.open(
    {
      directory,
      files,
      segmentBytes: 16_384,
      edition: 'lottery',
      clock: systemClock,
      logger: recordingLogger('CRITICAL').logger,
      readRanges: (audit) => auditRanges(audit, null),
      runSteps,
      guard: new StoreGuard(files),
      ...options,
    },
    {
      onFailure: (error) => {
        throw error;
      },
    },
  );
}

/** @returns when they are durable, or refused */
export function commitTo(
  store: Pick<BetStore, 'commit'>,
  entries: readonly StoreEntry[],
  promises: readonly number[] = [],
): Promise<CommitResult> {
  return new Promise((resolve) => {
    store.commit({ entries, promises: new Set(promises) }, resolve);
  });
}

export function closed(store: Pick<BetStore, 'close'>): Promise<void> {
  return new Promise((resolve) => {
    store.close(resolve);
  });
}
