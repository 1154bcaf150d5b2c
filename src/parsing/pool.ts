/**
 * Worker threads for work that is worth dispatching: large groups of messages, and the audit of many bets.
 * piscina is loaded at the first such work, so that a small central starts fast.
 */
import { join } from 'node:path';
import type { Piscina } from 'piscina';
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { AuditRange, RangeAudit } from '../domain/range-audit';
import type { SlabPool } from './pooled-parser';
import { Slab, type SlabPart } from './slab';
import type { SlabTask, WorkerData } from './worker';

const PARSE = { name: 'parseSlab' };
const WARM_UP = { name: 'warmUp' };
const AUDIT = { name: 'auditRange' };

type PoolPhase = 'unused' | 'starting' | 'running' | 'closed';

/** The phases that may follow each. */
const NEXT: Readonly<Record<PoolPhase, readonly PoolPhase[]>> = {
  unused: ['starting', 'closed'],
  starting: ['running', 'closed'],
  running: ['closed'],
  closed: ['closed'],
};

export class WorkerPool implements SlabPool {
  private loading: Promise<Piscina> | null = null;
  private loaded: Piscina | null = null;
  private readonly made: Slab[] = [];
  private phase: PoolPhase = 'unused';

  /**
   * @param threads 1 or more
   * @param onFailure called when a thread cannot be started, or exits while it has no task
   * @param onRunning called when {@link start} has started all threads
   */
  constructor(
    readonly threads: number,
    private readonly onFailure: (error: unknown) => void,
    private readonly onRunning: () => void = () => undefined,
  ) {}

  get slabs(): readonly Slab[] | null {
    return this.phase === 'running' ? this.made : null;
  }

  start(): void {
    if (this.phase !== 'unused') return;
    this.setPhase('starting');
    this.load()
      .then((pool) => Promise.all(this.made.map(() => pool.run(null, WARM_UP) as Promise<void>)))
      .then(() => {
        if (this.phase !== 'starting') return;
        this.setPhase('running');
        this.onRunning();
      })
      .catch(this.fail);
  }

  async parse(slab: number, { count, end }: SlabPart): Promise<number> {
    const pool = this.loaded ?? (await this.load());
    const task: SlabTask = { slab, count, end };
    return (await pool.run(task, PARSE)) as number;
  }

  /** Reads a range of bets.csv through its open descriptor, which must stay open until {@link close}. */
  async auditRange(range: AuditRange): Promise<RangeAudit> {
    const pool = await this.load();
    return (await pool.run(range, AUDIT)) as RangeAudit;
  }

  /** Ends all threads; tasks under way fail. */
  async close(): Promise<void> {
    this.setPhase('closed');
    if (this.loading !== null) await (await this.loading).destroy();
  }

  private readonly fail = (error: unknown): void => {
    if (this.phase !== 'closed') this.onFailure(error);
  };

  /** The only place where the phase changes. `start_workers` in the log says when it is `running`. */
  private setPhase(to: PoolPhase): void {
    invariant(NEXT[this.phase].includes(to), `the pool went from ${this.phase} to ${to}`);
    this.phase = to;
  }

  private load(): Promise<Piscina> {
    this.loading ??= import('piscina').then(({ Piscina: Pool }) => {
      for (let i = 0; i < this.threads; i++) this.made.push(Slab.create());
      const workerData: WorkerData = { slabs: this.made.map(({ memory }) => memory) };
      const pool = new Pool({
        filename: workerFile(),
        // A thread looks for this function first. Without it, it would look for a default export, and load the
        // file a second time, as an ECMAScript module, which takes longer than anything else when it starts.
        name: PARSE.name,
        workerData,
        minThreads: this.threads,
        maxThreads: this.threads,
        maxQueue: LIMITS.poolTasksWaitingMax,
        recordTiming: false,
      });
      pool.on('error', this.fail);
      this.loaded = pool;
      return pool;
    });
    return this.loading;
  }
}

/** Always the built file: tests run this code from TypeScript, which a worker thread cannot load. */
function workerFile(): string {
  return join(__dirname, '..', '..', 'dist', 'bin', 'worker.js');
}
