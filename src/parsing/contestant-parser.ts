/** Checks rows of the 2020 edition, on the spot. */
import { checkContestantRows } from '../domain/contestant-rows';
import type { RowsVerdict } from '../domain/row-check';
import type { RowParser } from './row-parser';

export class ContestantParser implements RowParser {
  check(batches: readonly Buffer[]): RowsVerdict[] {
    return batches.map(checkContestantRows);
  }
}
