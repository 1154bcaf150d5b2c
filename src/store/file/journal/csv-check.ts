/** Compares bets.csv with the journal. */
import { damaged } from '../../store-error';
import { readUpTo, type FileDescriptor, type Files } from '../directory/files';

/**
 * Checks that bets.csv holds, from `base` on, a part of `rows`.
 *
 * Bytes that were not durable when the machine stopped are missing, or read as zeros, which no row holds. Any
 * other difference is damage.
 *
 * @param end length of the complete file
 * @returns bytes of `rows` that are missing
 * @throws LoteriaError STORE_DAMAGED
 */
export function checkCsv(
  files: Files,
  csv: FileDescriptor,
  path: string,
  base: number,
  rows: readonly Buffer[],
  end: number,
): number {
  const size = files.size(csv);
  if (size > end) {
    const extra = String(size - end);
    throw damaged(path, end, `${extra} bytes more than the journal accounts for`);
  }
  if (size < base) {
    const missing = String(base - size);
    throw damaged(path, size, `${missing} bytes are missing that the journal no longer holds`);
  }
  const found = readUpTo(files, csv, size - base, base);
  let at = 0;
  let missing = 0;
  for (const expected of rows) {
    const there = found.subarray(at, at + expected.length);
    if (!there.equals(expected)) {
      refuseForeign(path, base + at, there, expected);
      missing += expected.length;
    }
    at += expected.length;
  }
  return missing;
}

function refuseForeign(path: string, offset: number, there: Buffer, expected: Buffer): void {
  const foreign = there.findIndex((byte, i) => byte !== expected[i] && byte !== 0);
  if (foreign >= 0) throw damaged(path, offset + foreign, 'not what the journal says was stored');
}
