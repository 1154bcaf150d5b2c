/**
 * Checks rows as they arrive in a batch: the hot path of the central.
 *
 * One pass, no allocation per bet: a valid batch is stored as the bytes that were received. Most rows pass
 * in WebAssembly (`plain-rows-walk.ts`). `row-bytes.ts` reads all other rows, and every row where there is
 * no WebAssembly, byte by byte; it alone decides what is rejected and why. The tests compare both paths
 * with each other, and with `bet-fields.ts` and `row.ts`, which implement the same rules for text.
 */
import { isUtf8 } from 'node:buffer';
import { lazily } from '../base/lazily';
import { PlainRowsWalk } from './plain-rows-walk';
import { agencyOf, agencyPrefixBytes, checkRow, problemOf, type RowProblem } from './row-bytes';

export type RowsVerdict =
  | { readonly ok: true; readonly agency: number; readonly count: number }
  | { readonly ok: false; readonly index: number; readonly problem: RowProblem };

/** What was found in rows. A worker thread computes all of it, since nobody waits for its time. */
export interface ParsedRows {
  readonly verdict: RowsVerdict;
  /** CRC-32 of the rows alone; undefined: whoever needs it computes it. */
  readonly checksum?: number;
  /** 2020 edition: where the rows of winners begin; undefined: whoever needs them looks for them. */
  readonly winnersAt?: readonly number[];
}

const LF = 0x0a;

/** Not shared with row-audit.ts; null where there is no WebAssembly. */
const threadsWalk = lazily(() => PlainRowsWalk.create());

/**
 * Checks a block of whole rows, all of one agency.
 *
 * @param rows one or more rows, each ended by CR LF
 * @returns the agency that the rows name and how many they are, or the first row that is wrong
 */
export function checkRows(rows: Uint8Array): RowsVerdict {
  return checkRowsBy(threadsWalk(), rows);
}

/** The same, with a walk over plain rows, or without one. */
export function checkRowsBy(plain: PlainRowsWalk | null, rows: Uint8Array): RowsVerdict {
  if (!isUtf8(rows)) return { ok: false, index: indexOfBadUtf8(rows), problem: 'INVALID_UTF8' };
  const prefix = agencyPrefixBytes(rows);
  if (prefix === 0) return { ok: false, index: 0, problem: 'WRONG_AGENCY' };
  const { end, count, code } = walkRows(plain, rows, 0, prefix, rows.length, rows.length);
  if (code < 0) return { ok: false, index: count, problem: problemOf(code, rows, end) };
  return { ok: true, agency: agencyOf(rows, prefix), count };
}

/** Rows in the middle of a block that are right, and fit. */
export interface RowsTaken {
  /** Where they end. */
  readonly end: number;
  readonly count: number;
  /** Whether the next row is invalid, and not only too much. */
  readonly stuck: boolean;
}

/**
 * Walks the valid rows at the start of a block, to cut the block into batches.
 *
 * @param rows valid UTF-8 that begins with the agency and a comma, like every row
 * @param start where to begin
 * @param countMax rows at most
 * @param bytesMax bytes of rows at most
 */
export function takeRows(
  rows: Uint8Array,
  start: number,
  countMax: number,
  bytesMax: number,
): RowsTaken {
  return takeRowsBy(threadsWalk(), rows, start, countMax, bytesMax);
}

/** The same, with a walk over plain rows, or without one. */
export function takeRowsBy(
  plain: PlainRowsWalk | null,
  rows: Uint8Array,
  start: number,
  countMax: number,
  bytesMax: number,
): RowsTaken {
  const prefix = agencyPrefixBytes(rows);
  if (prefix === 0) return { end: start, count: 0, stuck: countMax > 0 && start < rows.length };
  const { end, count, code } = walkRows(plain, rows, start, prefix, countMax, bytesMax);
  return { end, count, stuck: code < 0 };
}

/** The end and number of valid rows, and 0 or `checkRow`'s result for the next one. */
interface Walk {
  readonly end: number;
  readonly count: number;
  readonly code: number;
}

function walkRows(
  plain: PlainRowsWalk | null,
  rows: Uint8Array,
  start: number,
  prefix: number,
  countMax: number,
  bytesMax: number,
): Walk {
  const limit = Math.min(rows.length, start + bytesMax);
  let loaded = start;
  let position = start;
  let count = 0;
  while (count < countMax && position < rows.length) {
    if (plain !== null && position < limit) {
      if (position >= loaded) loaded = plain.load(rows, position, limit, prefix);
      position = plain.walk(position, countMax - count);
      count += plain.count;
      if (count >= countMax || position === rows.length) break;
    }
    const end = checkRow(rows, position, prefix);
    if (end < 0) return { end: position, count, code: end };
    if (end - start > bytesMax) break;
    position = end;
    count++;
  }
  return { end: position, count, code: 0 };
}

/** Which row holds the first bytes that are not UTF-8. */
function indexOfBadUtf8(rows: Uint8Array): number {
  let index = 0;
  let start = 0;
  for (;;) {
    const lineFeed = rows.indexOf(LF, start);
    if (lineFeed < 0 || !isUtf8(rows.subarray(start, lineFeed + 1))) return index;
    start = lineFeed + 1;
    index++;
  }
}
