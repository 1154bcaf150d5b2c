/** The plain read, in a file of its own: the thread that does it must not run the program that measures it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { LIMITS } from '../../src/base/limits';

/** Reads a part of a file in pieces as large as the search uses. */
export function readPart(path: string, start: number, end: number): void {
  const buffer = Buffer.allocUnsafe(LIMITS.scanChunkBytes);
  const fd = openSync(path, 'r');
  for (let at = start; at < end;) {
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    if (count === 0) break;
    at += count;
  }
  closeSync(fd);
}
