/**
 * Rows checked on the spot, and in the pool, by size of the group: what the main thread pays, and
 * how many batches a second come out. Prints one line of JSON.
 */
import { readFileSync } from 'node:fs';
import type * as poolModule from '../../src/parsing/pool';
import type * as checkModule from '../../src/domain/row-check';
import type { CheckTask } from '../../src/parsing/check-batches';
import { Replay } from '../load/replay';
import { rowTails } from '../load/rows';
import { built } from '../support/root';

export interface PolicyOptions {
  /** 0: on the spot. */
  readonly workers: number;
  /** Batches in a group. */
  readonly group: number;
  readonly seconds: number;
}

export interface PolicyReport {
  readonly batchesPerSecond: number;
  /** Main thread's CPU for a batch, microseconds. */
  readonly mainMicroseconds: number;
}

const HEAD_BYTES = 18;
const BETS = 50_000;

/** Rows of full batches, as they come from the wire. */
function batchesOfRows(): Buffer[] {
  const replay = new Replay({ agency: 3, tails: rowTails(BETS), laps: 1, batchBetsMax: 65_535 });
  const batches: Buffer[] = [];
  for (let frame = replay.take(1); frame !== undefined; frame = replay.take(1)) {
    batches.push(frame.subarray(HEAD_BYTES));
  }
  return batches;
}

function mainThreadSeconds(): number {
  return (
    Number(readFileSync(`/proc/${String(process.pid)}/schedstat`, 'latin1').split(' ')[0]) / 1e9
  );
}

/** Exact-size copies, because only a whole buffer can be moved to a worker. */
function taskOf(batches: readonly Buffer[]): CheckTask {
  const lengths = batches.map(({ length }) => length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const batch of batches) {
    bytes.set(batch, at);
    at += batch.length;
  }
  return { bytes, lengths };
}

async function main(): Promise<void> {
  const { workers, group, seconds } = JSON.parse(process.argv[2] ?? '') as PolicyOptions;
  const { WorkerPool } = (await import(built('parsing', 'pool.js'))) as typeof poolModule;
  const { checkRows } = (await import(built('domain', 'row-check.js'))) as typeof checkModule;
  const pool = workers > 0 ? new WorkerPool(workers) : null;
  const all = batchesOfRows();
  let next = 0;
  const takeGroup = (): Buffer[] =>
    Array.from({ length: group }, () => all[next++ % all.length] ?? Buffer.alloc(0));
  const check = async (batches: readonly Buffer[]): Promise<void> => {
    if (pool === null) {
      batches.forEach((batch) => checkRows(batch));
      return;
    }
    const size = Math.ceil(batches.length / workers);
    const tasks: Promise<unknown>[] = [];
    for (let from = 0; from < batches.length; from += size) {
      tasks.push(pool.checkBatches(taskOf(batches.slice(from, from + size))));
    }
    await Promise.all(tasks);
  };
  const runFor = async (ms: number): Promise<number> => {
    const endMs = performance.now() + ms;
    let groups = 0;
    for (; performance.now() < endMs; groups++) await check(takeGroup());
    return groups * group;
  };
  await runFor(Math.min(300, seconds * 500));
  const mainBefore = mainThreadSeconds();
  const startedMs = performance.now();
  const batches = await runFor(seconds * 1000);
  const report: PolicyReport = {
    batchesPerSecond: batches / ((performance.now() - startedMs) / 1000),
    mainMicroseconds: ((mainThreadSeconds() - mainBefore) / batches) * 1e6,
  };
  console.log(JSON.stringify(report));
  process.exit(0);
}

void main();
