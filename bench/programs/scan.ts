/**
 * The draw's pass over bets.csv, which checks and searches it, and a plain parallel read of the same
 * file by as many threads, in turns in one process. Prints one line of JSON.
 */
import { fstatSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { auditRanges } from '../../src/parsing/audit-ranges';
import { WorkerPool } from '../../src/parsing/pool';
import { BetsAudit } from '../../src/store/file/bets/bets-audit';
import type { AgencyTotals } from '../../src/store/state';
import { benchProgram } from '../support/root';
import { readPart } from './read-part';

export interface ScanOptions {
  readonly path: string;
  readonly bytes: number;
  /** What the journal would say of each agency. */
  readonly agencies: readonly AgencyTotals[];
  /** 0: in the main thread. */
  readonly threads: number;
  readonly repeat: number;
}
export interface ScanReport {
  readonly searchSeconds: readonly number[];
  readonly searchCpuSeconds: readonly number[];
  readonly readSeconds: readonly number[];
  readonly readCpuSeconds: readonly number[];
  readonly winners: number;
}

const WINNING_NUMBER = 7574;

function inWorker(worker: Worker, message: unknown): Promise<void> {
  return new Promise((resolve) => {
    worker.once('message', () => {
      resolve();
    });
    worker.postMessage(message);
  });
}

async function timed(work: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall: (performance.now() - startedMs) / 1000, cpu: (user + system) / 1e6 };
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as ScanOptions;
  const { path, bytes, threads, repeat } = options;
  const pool =
    threads > 0
      ? new WorkerPool(threads, (error) => {
          throw error;
        })
      : null;
  const workers = Array.from({ length: threads }, () => new Worker(benchProgram('read-worker.js')));
  const part = Math.ceil(bytes / Math.max(threads, 1));
  const plainRead = async (): Promise<void> => {
    if (workers.length === 0) readPart(path, 0, bytes);
    await Promise.all(
      workers.map((worker, i) =>
        inWorker(worker, { path, start: i * part, end: Math.min((i + 1) * part, bytes) }),
      ),
    );
  };
  let winners = 0;
  const agencies = new Map(options.agencies.map((totals) => [totals.agency, totals]));
  const fd = openSync(path, 'r');
  const searchAll = async (): Promise<void> => {
    const audit = new BetsAudit({
      path,
      fd,
      size: () => fstatSync(fd).size,
      state: { edition: 'lottery', csvBytes: bytes, agencies },
      number: WINNING_NUMBER,
      blockBytes: null,
    });
    await auditRanges(audit, pool);
    winners = [...audit.finish().values()].reduce((sum, found) => sum + found.winners, 0);
  };
  // Threads are started and the file is brought into memory before anything counts.
  await plainRead();
  await searchAll();
  const reads: { wall: number; cpu: number }[] = [];
  const searches: { wall: number; cpu: number }[] = [];
  for (let i = 0; i < repeat; i++) {
    reads.push(await timed(plainRead));
    searches.push(await timed(searchAll));
  }
  const report: ScanReport = {
    searchSeconds: searches.map(({ wall }) => wall),
    searchCpuSeconds: searches.map(({ cpu }) => cpu),
    readSeconds: reads.map(({ wall }) => wall),
    readCpuSeconds: reads.map(({ cpu }) => cpu),
    winners,
  };
  console.log(JSON.stringify(report));
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
