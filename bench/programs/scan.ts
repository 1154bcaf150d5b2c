/**
 * The draw's pass over bets.csv, which checks and searches it, and parallel reads of the same file by as
 * many threads, plain or with a part of what the draw does, in turns in one process. Prints one line of
 * JSON.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import type * as auditModule from '../../src/store/bets-audit';
import type * as poolModule from '../../src/parsing/pool';
import type * as rangesModule from '../../src/parsing/audit-ranges';
import type { AgencyTotals } from '../../src/store/state';
import { LIMITS } from '../../src/base/limits';
import { benchProgram, built } from '../support/root';

export interface ScanOptions {
  readonly path: string;
  readonly bytes: number;
  /** What the journal would say of each agency. */
  readonly agencies: readonly AgencyTotals[];
  /** 0: in the main thread. */
  readonly threads: number;
  readonly repeat: number;
}

/** What is done with the bytes that were read: nothing, or a part of what the draw does. */
export type ReadWork = 'nothing' | 'crc32' | 'utf8';

/** A part of a file to read. */
export interface ReadOrder {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly work: ReadWork;
}

/** Of each repetition. */
export interface Times {
  readonly seconds: number[];
  readonly cpuSeconds: number[];
}

export interface ScanReport {
  readonly search: Times;
  readonly reads: Readonly<Record<ReadWork, Times>>;
  readonly winners: number;
}

const WINNING_NUMBER = 7574;

const WORKS: Readonly<Record<ReadWork, (bytes: Uint8Array) => unknown>> = {
  nothing: () => undefined,
  crc32: (bytes) => crc32(bytes),
  utf8: (bytes) => isUtf8(bytes),
};

/** Reads a part of a file in pieces as large as the search uses. */
export function readPart({ path, start, end, work }: ReadOrder): void {
  const buffer = Buffer.allocUnsafe(LIMITS.scanChunkBytes);
  const fd = openSync(path, 'r');
  for (let at = start; at < end;) {
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    if (count === 0) break;
    WORKS[work](buffer.subarray(0, count));
    at += count;
  }
  closeSync(fd);
}

function inWorker(worker: Worker, message: ReadOrder): Promise<void> {
  return new Promise((resolve) => {
    worker.once('message', () => {
      resolve();
    });
    worker.postMessage(message);
  });
}

async function time(work: () => Promise<unknown>, times: Times): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  times.seconds.push((performance.now() - startedMs) / 1000);
  times.cpuSeconds.push((user + system) / 1e6);
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as ScanOptions;
  const { path, bytes, threads, repeat } = options;
  const { WorkerPool } = (await import(built('parsing', 'pool.js'))) as typeof poolModule;
  const { auditRanges } = (await import(
    built('parsing', 'audit-ranges.js')
  )) as typeof rangesModule;
  const { BetsAudit } = (await import(built('store', 'bets-audit.js'))) as typeof auditModule;
  const pool = threads > 0 ? new WorkerPool(threads) : null;
  const workers = Array.from(
    { length: threads },
    () => new Worker(benchProgram('programs', 'read-worker.js')),
  );
  const part = Math.ceil(bytes / Math.max(threads, 1));
  const readAll = async (work: ReadWork): Promise<void> => {
    if (workers.length === 0) readPart({ path, start: 0, end: bytes, work });
    await Promise.all(
      workers.map((worker, i) =>
        inWorker(worker, { path, start: i * part, end: Math.min((i + 1) * part, bytes), work }),
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
  await readAll('nothing');
  await searchAll();
  const noTimes = (): Times => ({ seconds: [], cpuSeconds: [] });
  const search = noTimes();
  const reads = { nothing: noTimes(), crc32: noTimes(), utf8: noTimes() };
  for (let i = 0; i < repeat; i++) {
    for (const work of ['nothing', 'crc32', 'utf8'] as const) {
      await time(() => readAll(work), reads[work]);
    }
    await time(searchAll, search);
  }
  const report: ScanReport = { search, reads, winners };
  console.log(JSON.stringify(report));
  process.exit(0);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
