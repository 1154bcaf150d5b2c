/** Shares seeds among threads. Each thread takes the next few, so that all end together. */
import { parentPort, Worker } from 'node:worker_threads';
import { simulateFast, type SimulationResult } from './simulation';

export interface SeedRange {
  readonly first: number;
  readonly count: number;
}

const SEEDS_PER_TASK = 100;

/** What a thread found in the seeds of one task. */
type TaskResult = readonly SimulationResult[];

/**
 * @param onResult called for each seed; false ends it all
 * @returns when all seeds are done, or enough
 */
export async function runInThreads(
  { first, count }: SeedRange,
  threads: number,
  onResult: (result: SimulationResult) => boolean,
): Promise<void> {
  let next = first;
  let goesOn = true;
  const runThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // This program's own file: it serves tasks in every thread but the main one.
      const worker = new Worker(process.argv[1] ?? __filename);
      const giveTask = (): void => {
        if (!goesOn || next >= first + count) {
          worker.terminate().then(() => {
            resolve();
          }, reject);
          return;
        }
        const task: SeedRange = {
          first: next,
          count: Math.min(SEEDS_PER_TASK, first + count - next),
        };
        next += task.count;
        worker.postMessage(task);
      };
      worker.on('message', (results: TaskResult) => {
        for (const result of results) goesOn = goesOn && onResult(result);
        giveTask();
      });
      worker.on('error', reject);
      giveTask();
    });
  await Promise.all(Array.from({ length: threads }, runThread));
}

/** Runs tasks in this thread, until it is ended. */
export function serveThread(): void {
  parentPort?.on('message', ({ first, count }: SeedRange) => {
    const results: TaskResult = Array.from({ length: count }, (_, i) => simulateFast(first + i));
    parentPort?.postMessage(results);
  });
}
