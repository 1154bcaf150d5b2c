/** Reads a part of bets.csv in blocks of whole rows. */

/** Reads at a position of a file; returns how many bytes there were. */
export type ReadAt = (into: Buffer, position: number) => number;

/** The problem of a file, and its offset. */
export interface FileDamage {
  readonly offset: number;
  readonly what: string;
}

export interface RowsPart {
  /** The rows whose first byte lies in `start` to `end`. */
  readonly start: number;
  readonly end: number;
  /** Required length of the file; later bytes are ignored. */
  readonly fileBytes: number;
}

const LF = 0x0a;

/**
 * @param buffer to read into, longer than the longest row
 * @param use called for each block, with its offset; a problem that it returns ends the reading
 * @returns null when all rows were handed out
 */
export function forEachBlockOfRows(
  read: ReadAt,
  { start, end, fileBytes }: RowsPart,
  buffer: Buffer,
  use: (rows: Buffer, offset: number) => FileDamage | null,
): FileDamage | null {
  let position = start;
  if (start > 0) {
    // A row that begins in front of the part belongs to the part before.
    const behind = readWhole(read, buffer, start - 1, fileBytes);
    if (!Buffer.isBuffer(behind)) return behind;
    const lineFeed = behind.indexOf(LF);
    // The part that the long row belongs to reports the problem.
    if (lineFeed < 0) return null;
    position = start + lineFeed;
  }
  while (position < end) {
    const block = readWhole(read, buffer, position, fileBytes);
    if (!Buffer.isBuffer(block)) return block;
    // Rows that begin after the part belong to the next one.
    const lastRowEnd = block.indexOf(LF, Math.min(block.length, end - position) - 1) + 1;
    const whole = lastRowEnd > 0 ? lastRowEnd : block.lastIndexOf(LF) + 1;
    if (whole === 0) return { offset: position, what: 'a row without an end' };
    const wrong = use(block.subarray(0, whole), position);
    if (wrong !== null) return wrong;
    position += whole;
  }
  return null;
}

/** Fills the buffer, or reads up to the required length of the file. */
function readWhole(
  read: ReadAt,
  buffer: Buffer,
  position: number,
  fileBytes: number,
): Buffer | FileDamage {
  const bytes = Math.min(buffer.length, fileBytes - position);
  let filled = 0;
  while (filled < bytes) {
    const count = read(buffer.subarray(filled, bytes), position + filled);
    if (count === 0) return missingBehind(position + filled, fileBytes);
    filled += count;
  }
  return buffer.subarray(0, bytes);
}

/** A file that ends too early. */
export function missingBehind(size: number, fileBytes: number): FileDamage {
  return {
    offset: size,
    what: `the file ends here, ${String(fileBytes - size)} bytes short of what was stored`,
  };
}
