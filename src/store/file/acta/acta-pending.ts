/**
 * `acta.pending`: the draw was made and its acta is not written yet. It appears before the draw is
 * durable and goes when the acta is, so that an acta that is missing without it was removed.
 */
import { join } from 'node:path';
import { storeError } from '../../store-error';
import type { Files } from '../directory/files';

const ACTA_PENDING_NAME = 'acta.pending';

/**
 * To be called before a draw becomes durable.
 *
 * @throws LoteriaError STORE_IO
 */
export function expectActa(files: Files, directory: string): void {
  try {
    const fd = files.open(join(directory, ACTA_PENDING_NAME), true);
    files.close(fd);
    files.syncDirectory(directory);
  } catch (error) {
    throw storeError(directory, error);
  }
}

/** Whether the acta of the draw is still to be written. */
export function isActaExpected(files: Files, directory: string): boolean {
  return files.exists(join(directory, ACTA_PENDING_NAME));
}

/** Call when the acta is durable. @throws errors of the file system */
export function endActaExpectation(files: Files, directory: string): void {
  // Should the power go now and the file come back, the acta is beside it.
  if (isActaExpected(files, directory)) files.remove(join(directory, ACTA_PENDING_NAME));
}
