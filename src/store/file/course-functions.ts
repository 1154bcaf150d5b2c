/**
 * The course's provided functions, with the same behaviour: they are the reference that the fast
 * path is tested against, and a simple way to read the result.
 */
import { appendFileSync, createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { Bet } from '../../domain/bet';
import { betOfFields, encodeRow } from '../../domain/row';

/** Where the course's programs kept their bets. */
const STORAGE_FILEPATH = './bets.csv';

/** Appends bets to a file, as Python's `csv.writer` does with QUOTE_MINIMAL. */
export function storeBets(bets: readonly Bet[], path = STORAGE_FILEPATH): void {
  appendFileSync(path, bets.map(encodeRow).join(''));
}

/**
 * Streams the bets of a file back, in order.
 *
 * @throws RangeError for a row that is no bet; errors of the file system
 */
export async function* loadBets(path = STORAGE_FILEPATH): AsyncGenerator<Bet> {
  const rows = createReadStream(path).pipe(parse({ relax_column_count: true }));
  for await (const fields of rows) yield betOfFields(fields as string[]);
}

/** How many bets a file holds, by agency. */
export async function countBets(path: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for await (const { agency } of loadBets(path)) counts.set(agency, (counts.get(agency) ?? 0) + 1);
  return counts;
}
