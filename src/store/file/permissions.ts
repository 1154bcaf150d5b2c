/** Warns when other users of this machine can read or change the store. */
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../base/log/log';
import { storeError } from '../store-error';
import { SEGMENT_NAMES } from './journal/journal';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_SEARCH = 0o001;
const OTHERS_ALL = 0o007;
const PERMISSIONS = 0o7777;

/**
 * The central makes its directory and files so that others cannot; a directory that was there, and
 * files that an earlier version has made, keep their mode.
 *
 * @throws LoteriaError STORE_IO
 */
export function warnIfOthersHaveAccess(logger: Logger, directory: string): void {
  try {
    const found = accessOfOthers(directory);
    if (found !== null) {
      logger.warning('permissions', 'in_progress', { ...found, advice: 'chmod o-rwx' });
    }
  } catch (error) {
    throw storeError(directory, error);
  }
}

/**
 * Before a seed goes into the journal, others must not be able to read it: files that an earlier
 * version has made may let them.
 *
 * @throws LoteriaError STORE_IO
 */
export function closeJournalToOthers(directory: string): void {
  for (const name of SEGMENT_NAMES) {
    const path = join(directory, name);
    const mode = modeOf(path);
    if ((mode & OTHERS_ALL) === 0) continue;
    try {
      chmodSync(path, mode & PERMISSIONS & ~OTHERS_ALL);
    } catch (error) {
      throw storeError(path, error);
    }
  }
}

function accessOfOthers(directory: string): { path: string; problem: string } | null {
  const mode = modeOf(directory);
  if ((mode & OTHERS_WRITE) !== 0) {
    return { path: directory, problem: 'others can change what is in it' };
  }
  if ((mode & OTHERS_SEARCH) === 0) return null;
  const path = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(directory, name))
    .find((file) => (modeOf(file) & OTHERS_READ) !== 0);
  return path === undefined ? null : { path, problem: 'others can read it' };
}

/** 0 for a file that has just gone. */
function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
}
