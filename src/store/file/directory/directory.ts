/** Makes the directory of a store, with those above it. */
import { dirname } from 'node:path';
import { systemErrorCode } from '../../../base/errors';
import { storeError } from '../../store-error';
import type { Files } from './files';

/**
 * Makes a directory that is not there, and those above it; their names are durable afterwards. One
 * that is there is left as it is. (Node's own recursive mkdir never ends below `/proc`.)
 *
 * @throws LoteriaError STORE_IO
 */
export function createDirectory(files: Files, path: string): void {
  try {
    const missing: string[] = [];
    let at = path;
    for (; files.identityAt(at) === null && dirname(at) !== at; at = dirname(at)) missing.push(at);
    syncNameQuietly(files, at);
    for (const directory of missing.reverse()) {
      makeOne(files, directory);
      files.syncDirectory(dirname(directory));
    }
  } catch (error) {
    throw storeError(path, error);
  }
}

/** A central that was killed before may have made it and not come to the sync. */
function syncNameQuietly(files: Files, directory: string): void {
  try {
    files.syncDirectory(dirname(directory));
  } catch {
    // It is not ours, and need not be readable.
  }
}

function makeOne(files: Files, directory: string): void {
  try {
    files.makeDirectory(directory);
  } catch (error) {
    // Another central that begins at the same time may have been faster.
    if (systemErrorCode(error) === 'EEXIST' && files.identityAt(directory) !== null) return;
    throw error;
  }
}
