import { auditRange } from '../../../src/parsing/audit-range';
import { SlabReader } from '../../../src/parsing/parse-slab';
import { WorkerPool } from '../../../src/parsing/pool';
import { Slab, type SlabPart } from '../../../src/parsing/slab';
import type { AuditRange, RangeAudit } from '../../../src/domain/range-audit';

export interface InlinePoolOptions {
  readonly slabBytes?: number;
  /** Whether its threads would be running from the beginning. */
  readonly isRunning?: boolean;
}

/** A pool without threads that answers in the reverse of the order in which it was asked. */
export class InlinePool extends WorkerPool {
  /** Starts of the ranges, as they were asked for and as they were answered. */
  readonly scanned: number[] = [];
  readonly answered: number[] = [];
  /** Messages of each task. */
  readonly taskMessages: number[] = [];
  starts = 0;
  private readonly own: readonly Slab[];
  private readonly readers: readonly SlabReader[];
  private isRunning: boolean;
  private waiting: (() => void)[] = [];

  constructor(threads: number, { slabBytes, isRunning = true }: InlinePoolOptions = {}) {
    super(threads, (error) => {
      throw error;
    });
    this.isRunning = isRunning;
    this.own = Array.from({ length: threads }, () => Slab.create(slabBytes));
    this.readers = this.own.map(({ memory }) => new SlabReader(memory));
  }

  override get slabs(): readonly Slab[] | null {
    return this.isRunning ? this.own : null;
  }

  override start(): void {
    this.starts++;
    this.isRunning = true;
  }

  override async parse(slab: number, part: SlabPart): Promise<number> {
    this.taskMessages.push(part.count);
    await this.turn();
    const reader = this.readers[slab];
    if (reader === undefined) throw new RangeError('there is no such slab');
    return reader.parse(part);
  }

  override async auditRange(range: AuditRange): Promise<RangeAudit> {
    this.scanned.push(range.start);
    await this.turn();
    this.answered.push(range.start);
    return auditRange(range);
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length > 1) return;
      setImmediate(() => {
        const waiting = this.waiting.reverse();
        this.waiting = [];
        for (const wake of waiting) wake();
      });
    });
  }
}
