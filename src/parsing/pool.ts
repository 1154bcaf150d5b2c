/**
 * Worker threads for work that pays the trip: large groups of batches, and the draw. The pool and
 * its library are only loaded when there is such work, so that a small central starts fast.
 */
import { join } from 'node:path';
import type { Piscina } from 'piscina';
import type { RowsVerdict } from '../domain/row-check';
import type { AuditRange, RangeAudit } from '../store/file/bets-audit';
import type { CheckTask } from './check-batches';

/** Tasks that may wait in the pool; callers keep fewer under way. */
const QUEUE_TASKS_MAX = 1_024;
const IDLE_TIMEOUT_MS = 10_000;

export class WorkerPool {
  private loading: Promise<Piscina> | null = null;

  /** @param threads how many threads there may be, 1 or more */
  constructor(readonly threads: number) {}

  /** Checks batches; `task.bytes` is moved to the worker and empty afterwards. */
  async checkBatches(task: CheckTask): Promise<RowsVerdict[]> {
    const pool = await this.load();
    const options = { name: 'checkBatches', transferList: [task.bytes.buffer as ArrayBuffer] };
    return (await pool.run(task, options)) as RowsVerdict[];
  }

  /** Reads a range of bets.csv through its open descriptor, which must stay open until {@link close}. */
  async auditRange(range: AuditRange): Promise<RangeAudit> {
    const pool = await this.load();
    return (await pool.run(range, { name: 'auditRange' })) as RangeAudit;
  }

  /** Ends all threads; tasks under way fail. */
  async close(): Promise<void> {
    if (this.loading !== null) await (await this.loading).destroy();
  }

  private load(): Promise<Piscina> {
    this.loading ??= import('piscina').then(
      ({ Piscina: Pool }) =>
        new Pool({
          filename: workerFile(),
          minThreads: 0,
          maxThreads: this.threads,
          idleTimeout: IDLE_TIMEOUT_MS,
          maxQueue: QUEUE_TASKS_MAX,
        }),
    );
    return this.loading;
  }
}

/**
 * The worker's file in the build, wherever this code runs from: the bundle, its own file, or, in
 * tests, the source, which a worker thread cannot run.
 */
function workerFile(): string {
  return join(__dirname, '..', '..', 'dist', 'parsing', 'worker.js');
}
