import { WorkerPool } from '../../../src/parsing/pool';
import { auditRange } from '../../../src/parsing/audit-range';
import { checkBatches, type CheckTask } from '../../../src/parsing/check-batches';
import type { AuditRange, RangeAudit } from '../../../src/store/file/bets-audit';
import type { RowsVerdict } from '../../../src/domain/row-check';

/** A pool without threads that answers in the reverse of the order in which it was asked. */
export class InlinePool extends WorkerPool {
  /** Starts of the ranges, as they were asked for and as they were answered. */
  readonly scanned: number[] = [];
  readonly answered: number[] = [];
  /** Batches of each task. */
  readonly taskBatches: number[] = [];
  private waiting: (() => void)[] = [];

  override async checkBatches(task: CheckTask): Promise<RowsVerdict[]> {
    this.taskBatches.push(task.lengths.length);
    await this.turn();
    return checkBatches(task);
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
