/**
 * What a worker can do. The same functions run inline, so that a pool changes where work is done
 * and never what is done.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { LIMITS } from '../base/limits';
import { checkRows, type RowsVerdict } from '../domain/row-check';
import { scanWinners, winnerScanBuffer } from '../domain/winner-scan';

/** Batches joined in one buffer, which is moved to the worker and not copied. */
export interface CheckTask {
  readonly bytes: Uint8Array;
  /** Bytes of each batch, in order. */
  readonly lengths: readonly number[];
}

/** Part of bets.csv: the rows whose first byte lies in `start` to `end`. */
export interface ScanTask {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Part of a file to hash block by block. */
export interface HashTask {
  readonly path: string;
  /** A multiple of `blockBytes`. */
  readonly start: number;
  readonly end: number;
  readonly blockBytes: number;
}

/** Winning rows in stored order: agency `agencies[i]`, document `documents[i]`. */
export interface ScanResult {
  readonly agencies: readonly number[];
  readonly documents: readonly string[];
}

export function checkBatches({ bytes, lengths }: CheckTask): RowsVerdict[] {
  let at = 0;
  return lengths.map((length) => {
    const rows = bytes.subarray(at, at + length);
    at += length;
    return checkRows(rows);
  });
}

/** Reads at a position of bets.csv; returns how many bytes there were. */
export type ReadAt = (into: Buffer, position: number) => number;

/** @throws what the file system throws */
export function scanRange({ path, start, end }: ScanTask): ScanResult {
  const fd = fs.openSync(path, 'r');
  try {
    const read: ReadAt = (into, position) => fs.readSync(fd, into, 0, into.length, position);
    return scanRows(read, start, end, LIMITS.scanChunkBytes);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Looks for the winners among the rows that begin in `start` to `end`.
 *
 * @param chunkBytes to read at a time; more than the longest row
 */
export function scanRows(read: ReadAt, start: number, end: number, chunkBytes: number): ScanResult {
  const agencies: number[] = [];
  const documents: string[] = [];
  forEachBlockOfRows(read, start, end, chunkBytes, (rows) => {
    scanWinners(rows, (agency, document) => {
      agencies.push(agency);
      documents.push(document);
    });
  });
  return { agencies, documents };
}

/**
 * SHA-256 of each block, joined.
 *
 * @throws RangeError when the file is shorter; what the file system throws
 */
export function hashBlocksOfRange({ path, start, end, blockBytes }: HashTask): Uint8Array {
  const hashes: Buffer[] = [];
  const buffer = Buffer.allocUnsafe(Math.min(LIMITS.scanChunkBytes, blockBytes));
  const fd = fs.openSync(path, 'r');
  try {
    for (let block = start; block < end; block += blockBytes) {
      hashes.push(hashRange(fd, block, Math.min(block + blockBytes, end), buffer));
    }
  } finally {
    fs.closeSync(fd);
  }
  return Buffer.concat(hashes);
}

function hashRange(fd: number, start: number, end: number, buffer: Buffer): Buffer {
  const hash = createHash('sha256');
  for (let at = start; at < end;) {
    const count = fs.readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    if (count === 0) throw new RangeError(`the file ends at ${String(at)}`);
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  return hash.digest();
}

const LF = 0x0a;

/** Hands out the rows that begin in `start` to `end`, in blocks of whole rows. */
function forEachBlockOfRows(
  read: ReadAt,
  start: number,
  end: number,
  chunkBytes: number,
  use: (rows: Buffer) => void,
): void {
  const buffer = winnerScanBuffer(chunkBytes);
  let position = start === 0 ? 0 : rowStartAtOrBehind(read, start, buffer);
  while (position < end) {
    const count = read(buffer, position);
    const block = buffer.subarray(0, count);
    // Rows that begin behind the range belong to the next one.
    const limit = Math.min(count, end - position);
    const lastRowEnd = block.indexOf(LF, limit - 1) + 1;
    const whole = lastRowEnd > 0 ? lastRowEnd : block.lastIndexOf(LF) + 1;
    if (whole === 0) return;
    use(block.subarray(0, whole));
    position += whole;
  }
}

/** The first row that begins at `from` or behind it. */
function rowStartAtOrBehind(read: ReadAt, from: number, buffer: Buffer): number {
  const count = read(buffer, from - 1);
  const lineFeed = buffer.subarray(0, count).indexOf(LF);
  return lineFeed < 0 ? Number.MAX_SAFE_INTEGER : from + lineFeed;
}
