/** The data file of an agency is a regular file: anything else is refused before it can block. */
import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { LoteriaError, messageOf, systemErrorCode } from '../../base/errors';

/**
 * Opens a data file for reading. A FIFO would wait for a writer, a directory cannot be read, and a device
 * has no end. Links are followed.
 *
 * @returns its descriptor, which the caller closes
 * @throws LoteriaError DATA_UNREADABLE
 */
export function openDataFile(path: string): number {
  dataFileBytes(path);
  let fd: number;
  try {
    // It may be another one by now: a FIFO that is opened like this does not wait.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw notOpened(path, error);
  }
  try {
    expectRegular(path, fstatSync(fd));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

/**
 * Size of a data file.
 *
 * @throws LoteriaError DATA_UNREADABLE
 */
export function dataFileBytes(path: string): number {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    throw notOpened(path, error);
  }
  expectRegular(path, stats);
  return stats.size;
}

function expectRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const text = `${path}: is ${kindOf(stats)}: expected a regular file; ${NAME_IT}`;
  throw new LoteriaError('DATA_UNREADABLE', text);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

const NAME_IT = "name the agency's file of bets with data (CLI_DATA)";

/** What nothing is at, or leads through a file, is named wrong; anything else may be named right. */
function notOpened(path: string, cause: unknown): LoteriaError {
  const isNamedWrong = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(cause) ?? '');
  const text = `${path}: ${messageOf(cause)}${isNamedWrong ? `; ${NAME_IT}` : ''}`;
  return new LoteriaError('DATA_UNREADABLE', text, { cause });
}
