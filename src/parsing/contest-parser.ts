/** Checks rows of the 2020 edition, on the spot. */
import { checkContestRows } from '../domain/contest-rows';
import type { RowsVerdict } from '../domain/row-check';
import type { RowParser } from './row-parser';

export class ContestParser implements RowParser {
  check(batches: readonly Buffer[]): RowsVerdict[] {
    return batches.map(checkContestRows);
  }
}
