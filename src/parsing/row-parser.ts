/** Decides where the rows of a turn are checked: on the spot, or in the pool. */
import { LIMITS } from '../base/limits';
import { checkRows, type RowsVerdict } from '../domain/row-check';
import type { WorkerPool } from './pool';
import type { CheckTask } from './check-batches';

export interface RowParser {
  /** One verdict for each batch, in order; at once when there is little to do. */
  check(batches: readonly Buffer[]): RowsVerdict[] | PromiseLike<RowsVerdict[]>;
}

export class InlineParser implements RowParser {
  check(batches: readonly Buffer[]): RowsVerdict[] {
    return batches.map(checkRows);
  }
}

/**
 * Sends large groups to the pool and checks small ones on the spot, where the trip to a worker
 * would take longer than the work (docs/PERFORMANCE.md has the measurement).
 */
export class PooledParser implements RowParser {
  constructor(private readonly pool: WorkerPool) {}

  check(batches: readonly Buffer[]): RowsVerdict[] | Promise<RowsVerdict[]> {
    if (batches.length < LIMITS.pooledGroupBatchesMin) return batches.map(checkRows);
    const tasks: Promise<RowsVerdict[]>[] = [];
    const size = Math.max(
      LIMITS.pooledTaskBatchesMin,
      Math.ceil(batches.length / this.pool.threads),
    );
    for (let from = 0; from < batches.length; from += size) {
      tasks.push(this.pool.checkBatches(join(batches.slice(from, from + size))));
    }
    return Promise.all(tasks).then((verdicts) => verdicts.flat());
  }
}

/** Copies batches into a buffer of exactly their size: only a whole buffer can be moved. */
function join(batches: readonly Buffer[]): CheckTask {
  const lengths = batches.map(({ length }) => length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const batch of batches) {
    bytes.set(batch, at);
    at += batch.length;
  }
  return { bytes, lengths };
}
