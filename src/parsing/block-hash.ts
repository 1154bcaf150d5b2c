/** SHA-256 of each block of a file, many blocks at a time: in the pool, or between turns. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../base/limits';
import type { WorkerPool } from './pool';
import { hashBlocksOfRange, type HashTask } from './tasks';

const HASH_BYTES = 32;

/**
 * @param bytes how much of the file to hash; the last block may be shorter than the others
 * @param pool null: hash in this thread, and let other work happen between ranges
 * @returns a hash for each block, in order
 */
export async function hashBlocks(
  path: string,
  bytes: number,
  blockBytes: number,
  pool: WorkerPool | null,
): Promise<Buffer[]> {
  const rangeBytes = Math.max(1, Math.floor(LIMITS.hashRangeBytes / blockBytes)) * blockBytes;
  const ranges: HashTask[] = [];
  for (let start = 0; start < bytes; start += rangeBytes) {
    ranges.push({ path, start, end: Math.min(start + rangeBytes, bytes), blockBytes });
  }
  const results: Uint8Array[] = [];
  let next = 0;
  const hashNext = async (): Promise<void> => {
    for (let i = next++; i < ranges.length; i = next++) {
      const range = ranges[i];
      if (range === undefined) return;
      if (pool === null) await nextTurn();
      results[i] = pool === null ? hashBlocksOfRange(range) : await pool.hashBlocks(range);
    }
  };
  const lanes = pool === null ? 1 : pool.threads * 2;
  await Promise.all(Array.from({ length: lanes }, hashNext));
  return results.flatMap(splitHashes);
}

function splitHashes(joined: Uint8Array): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = 0; at < joined.length; at += HASH_BYTES) {
    hashes.push(Buffer.from(joined.subarray(at, at + HASH_BYTES)));
  }
  return hashes;
}
