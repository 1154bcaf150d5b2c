/** Looks for the winners in bets.csv, range by range: in the pool, or between turns. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../base/limits';
import { Winners } from '../domain/winners';
import type { WorkerPool } from './pool';
import { scanRange, type ScanResult, type ScanTask } from './tasks';

/**
 * @param bytes how much of the file to look at
 * @param pool null: scan in this thread, and let other work happen between ranges
 */
export async function searchWinners(
  path: string,
  bytes: number,
  pool: WorkerPool | null,
): Promise<Winners> {
  const ranges = rangesOf(path, bytes, LIMITS.scanRangeBytes);
  const results: ScanResult[] = [];
  let next = 0;
  const scanNext = async (): Promise<void> => {
    for (let i = next++; i < ranges.length; i = next++) {
      const range = ranges[i];
      if (range === undefined) return;
      if (pool === null) await nextTurn();
      results[i] = pool === null ? scanRange(range) : await pool.scanRange(range);
    }
  };
  // Twice as many as threads, so that none of them waits for its next range.
  const lanes = pool === null ? 1 : pool.threads * 2;
  await Promise.all(Array.from({ length: lanes }, scanNext));
  return collectWinners(results);
}

/** The parts of bets.csv to look through, in stored order. */
export function rangesOf(path: string, bytes: number, rangeBytes: number): ScanTask[] {
  const ranges: ScanTask[] = [];
  for (let start = 0; start < bytes; start += rangeBytes) {
    ranges.push({ path, start, end: Math.min(start + rangeBytes, bytes) });
  }
  return ranges;
}

/** @param results of all ranges, in the order of {@link rangesOf} */
export function collectWinners(results: readonly ScanResult[]): Winners {
  const winners = new Winners();
  for (const { agencies, documents } of results) {
    agencies.forEach((agency, i) => {
      winners.add(agency, documents[i] ?? '');
    });
  }
  return winners;
}
