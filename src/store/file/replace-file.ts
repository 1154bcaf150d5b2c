/** Small files that are there whole, or not at all. */
import { dirname } from 'node:path';
import { writeAll, type Files } from './files';

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
