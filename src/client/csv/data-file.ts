/** The data file of an agency is a regular file: anything else is refused before it can block. */
import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { LoteriaError, messageOf } from '../../base/errors';

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
    throw unreadable(path, messageOf(error), error);
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
    throw unreadable(path, messageOf(error), error);
  }
  expectRegular(path, stats);
  return stats.size;
}

function expectRegular(path: string, stats: Stats): void {
  if (!stats.isFile()) throw unreadable(path, `is ${kindOf(stats)}: expected a regular file`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function unreadable(path: string, what: string, cause?: unknown): LoteriaError {
  const text = `${path}: ${what}; name the agency's file of bets with data (CLI_DATA)`;
  return new LoteriaError('DATA_UNREADABLE', text, { cause });
}
