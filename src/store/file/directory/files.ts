/**
 * The file operations that the store makes, as a parameter: a simulated disk can lose un-synced
 * writes and fail at any call. Everything is synchronous but the one call that waits for the disk
 * while the central works on.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { LoteriaError } from '../../../base/errors';
import { MOVE_AWAY, storeError } from '../../store-error';

export type FileDescriptor = number;

/** Which file it is, whatever its name: the same text for the same file (device and inode). */
export type FileIdentity = string;

/**
 * What the store asks of a file system: offsets and sizes are in bytes, and a call that fails throws the error of
 * the system (`syncLater` hands it over), whose code `storeError` reads.
 */
export interface Files {
  /**
   * Opens for reading and writing.
   *
   * @param create whether to make the file if it is not there
   */
  open(path: string, create: boolean): FileDescriptor;
  close(fd: FileDescriptor): void;
  /** Bytes read; fewer than requested at the end of the file. */
  read(fd: FileDescriptor, into: Buffer, position: number): number;
  /** Bytes written, which may be fewer than given. */
  write(fd: FileDescriptor, from: readonly Uint8Array[], position: number): number;
  size(fd: FileDescriptor): number;
  truncate(fd: FileDescriptor, bytes: number): void;
  sync(fd: FileDescriptor): void;
  /** Calls `done` when everything written so far is on disk, or could not be. */
  syncLater(fd: FileDescriptor, done: (error: Error | null) => void): void;
  exists(path: string): boolean;
  /** Which file or directory a path leads to, through links; null when nothing is there. */
  identityAt(path: string): FileIdentity | null;
  identityOf(fd: FileDescriptor): FileIdentity;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes one directory, in one that is there. */
  makeDirectory(path: string): void;
  /** Makes created, renamed and removed names in a directory durable. */
  syncDirectory(path: string): void;
}

/** Only the owner and the group may read bets and winners. */
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

const { O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;

/**
 * Opens a file, and nothing that could block: a FIFO would wait for a writer. A directory cannot be read, and the
 * system says so.
 *
 * @throws LoteriaError STORE_IO
 */
function openFile(path: string, flags: number): FileDescriptor {
  const fd = fs.openSync(path, flags | O_NONBLOCK, FILE_MODE);
  const stats = fs.fstatSync(fd);
  if (stats.isFile() || stats.isDirectory()) return fd;
  fs.closeSync(fd);
  throw new LoteriaError('STORE_IO', `${path}: not a regular file: ${MOVE_AWAY}`);
}

function identityOf({ dev, ino }: fs.BigIntStats): FileIdentity {
  return `${String(dev)}:${String(ino)}`;
}

export const nodeFiles: Files = {
  open: (path, create) => openFile(path, create ? O_RDWR | O_CREAT : O_RDWR),
  close: (fd) => {
    fs.closeSync(fd);
  },
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: (fd, from, position) => fs.writevSync(fd, from, position),
  size: (fd) => fs.fstatSync(fd).size,
  truncate: (fd, bytes) => {
    fs.ftruncateSync(fd, bytes);
  },
  sync: (fd) => {
    fs.fdatasyncSync(fd);
  },
  syncLater: (fd, done) => {
    fs.fdatasync(fd, done);
  },
  exists: (path) => fs.existsSync(path),
  identityAt: (path) => {
    const found = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : identityOf(found);
  },
  identityOf: (fd) => identityOf(fs.fstatSync(fd, { bigint: true })),
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  remove: (path) => {
    fs.rmSync(path, { force: true });
  },
  makeDirectory: (path) => {
    fs.mkdirSync(path, DIRECTORY_MODE);
  },
  syncDirectory: (path) => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
};

/** The same without write access: files may be read-only. */
export const readOnlyFiles: Files = { ...nodeFiles, open: (path) => openFile(path, O_RDONLY) };

/** Closes files after something else has failed, which is what will be reported. */
export function closeQuietly(files: Files, descriptors: readonly FileDescriptor[]): void {
  for (const fd of descriptors) {
    try {
      files.close(fd);
    } catch {
      // The descriptor is free all the same.
    }
  }
}

/** Writes everything, however often the system takes only a part. */
export function writeAll(
  files: Files,
  fd: FileDescriptor,
  from: readonly Uint8Array[],
  position: number,
): void {
  let left = from;
  let leftBytes = 0;
  for (const { length } of from) leftBytes += length;
  let at = position;
  while (leftBytes > 0) {
    const written = files.write(fd, left, at);
    if (written <= 0) throw new Error('the system wrote nothing');
    at += written;
    leftBytes -= written;
    if (leftBytes > 0) left = behind(left, written);
  }
}

/** `buffers` without their first `count` bytes. */
function behind(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skip = count;
  for (const [i, buffer] of buffers.entries()) {
    if (skip < buffer.length) return [buffer.subarray(skip), ...buffers.slice(i + 1)];
    skip -= buffer.length;
  }
  return [];
}

/** Reads `length` bytes, or up to the end of the file. */
export function readUpTo(
  files: Files,
  fd: FileDescriptor,
  length: number,
  position: number,
): Buffer {
  return fill(files, fd, Buffer.allocUnsafe(length), position);
}

/** Reads until `into` is full, or up to the end of the file. @returns the part that was read */
export function fill(files: Files, fd: FileDescriptor, into: Buffer, position: number): Buffer {
  let filled = 0;
  while (filled < into.length) {
    const count = files.read(fd, into.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return into.subarray(0, filled);
}

/**
 * Writes a file under another name, syncs it, and puts it in place: it is there whole, or not at all.
 *
 * @param pieces of the file, each written before the next one is taken
 */
export function replaceFile(files: Files, path: string, pieces: Iterable<Uint8Array>): void {
  const unfinished = `${path}.new`;
  files.remove(unfinished);
  const fd = files.open(unfinished, true);
  try {
    let at = 0;
    for (const piece of pieces) {
      writeAll(files, fd, [piece], at);
      at += piece.length;
    }
    files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(unfinished, path);
  files.syncDirectory(dirname(path));
}

/**
 * Reads a whole file, which must fit in memory.
 *
 * @throws LoteriaError STORE_IO: a disk that does not read has not damaged anything
 */
export function readWhole(files: Files, path: string): Buffer {
  try {
    const fd = files.open(path, false);
    try {
      return readUpTo(files, fd, files.size(fd), 0);
    } finally {
      files.close(fd);
    }
  } catch (error) {
    throw storeError(path, error);
  }
}
