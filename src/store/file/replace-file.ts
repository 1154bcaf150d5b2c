/** Small files that are there whole, or not at all. */
import { dirname } from 'node:path';
import { readUpTo, writeAll, type Files } from './files';
import { storeError } from '../store-error';

/** Writes a file under another name, syncs it, and puts it in place. */
export function replaceFile(files: Files, path: string, bytes: Buffer): void {
  const unfinished = `${path}.new`;
  files.remove(unfinished);
  const fd = files.open(unfinished, true);
  try {
    writeAll(files, fd, [bytes], 0);
    files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(unfinished, path);
  files.syncDirectory(dirname(path));
}

/**
 * Reads such a file.
 *
 * @throws LoteriaError STORE_IO: a disk that does not read has not damaged anything
 */
export function readSmallFile(files: Files, path: string): string {
  try {
    const fd = files.open(path, false);
    try {
      return readUpTo(files, fd, files.size(fd), 0).toString('utf8');
    } finally {
      files.close(fd);
    }
  } catch (error) {
    throw storeError(path, error);
  }
}
