import { WorkerPool } from '../../../src/parsing/pool';
import {
  checkBatches,
  scanRange,
  type CheckTask,
  type ScanResult,
  type ScanTask,
} from '../../../src/parsing/tasks';
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

  override async scanRange(task: ScanTask): Promise<ScanResult> {
    this.scanned.push(task.start);
    await this.turn();
    this.answered.push(task.start);
    return scanRange(task);
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
