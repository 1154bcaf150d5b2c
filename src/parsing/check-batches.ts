/**
 * Checks a group of batches: here, or in a worker. The same functions run in both, so that a pool
 * changes where work is done and never what is done.
 */
import { checkRows, type RowsVerdict } from '../domain/row-check';

/** Batches joined in one buffer, which is moved to the worker and not copied. */
export interface CheckTask {
  readonly bytes: Uint8Array;
  /** Bytes of each batch, in order. */
  readonly lengths: readonly number[];
}

export function checkBatches({ bytes, lengths }: CheckTask): RowsVerdict[] {
  let at = 0;
  return lengths.map((length) => {
    const rows = bytes.subarray(at, at + length);
    at += length;
    return checkRows(rows);
  });
}
