import { closeSync, openSync, readSync } from 'node:fs';
import { LoteriaError, messageOf } from './errors';

/**
 * Reads a file of bounded size: settings, secrets, certificates.
 *
 * @param what it is, for the error: "SECRETS_FILE"
 * @throws LoteriaError CONFIG_UNREADABLE, and CONFIG_INVALID when it has more than `bytesMax` bytes
 */
export function readSmallFile(path: string, what: string, bytesMax: number): Buffer {
  const bytes = readAtMost(path, what, bytesMax + 1);
  if (bytes.length <= bytesMax) return bytes;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `${path} (${what}): expected at most ${String(bytesMax)} bytes`,
  );
}

/** Ignores the reported size: the file may grow, or be a pipe. */
function readAtMost(path: string, what: string, bytesMax: number): Buffer {
  const chunk = Buffer.alloc(Math.min(bytesMax, 65_536));
  const chunks: Buffer[] = [];
  let length = 0;
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    while (length < bytesMax) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, bytesMax - length), null);
      if (read === 0) break;
      chunks.push(Buffer.from(chunk.subarray(0, read)));
      length += read;
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new LoteriaError('CONFIG_UNREADABLE', `${path} (${what}): ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
