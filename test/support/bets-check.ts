/** Compares what a central stored with what the agencies were given, row by row. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An agency's number and its rows, without the number and CR LF, in the order of its file. */
export type Inputs = ReadonlyMap<number, readonly string[]>;

/** The rows of a file that an agency reads. */
export function readInput(path: string): string[] {
  return readFileSync(path, 'utf8').split('\r\n').slice(0, -1);
}

/** Documents with the winning number, in the order of the file; no field of the rows is quoted. */
export function winnersOf(rows: readonly string[]): string[] {
  return rows.filter((row) => row.endsWith(',7574')).map((row) => row.split(',')[2] ?? '');
}

export interface Stored {
  /** Whole rows by agency. */
  readonly counts: ReadonlyMap<number, number>;
  readonly problems: readonly string[];
}

/**
 * Checks that bets.csv holds, for each agency, the first rows of its file in order and nothing else.
 *
 * @param whole whether the last row must be complete; a central that was killed may be in the
 *   middle of it
 */
export function checkBets(directory: string, inputs: Inputs, whole: boolean): Stored {
  const path = join(directory, 'bets.csv');
  const counts = new Map<number, number>();
  const problems: string[] = [];
  const rows = existsSync(path) ? readFileSync(path, 'utf8').split('\r\n') : [''];
  const rest = rows.pop() ?? '';
  if (whole && rest !== '') problems.push(`${path}: the last row is not complete: "${rest}"`);
  for (const [i, row] of rows.entries()) {
    const comma = row.indexOf(',');
    const agency = Number(row.slice(0, comma));
    const n = counts.get(agency) ?? 0;
    const expected = inputs.get(agency)?.[n];
    if (expected !== row.slice(comma + 1)) {
      const was = expected === undefined ? 'nothing' : `"${expected}"`;
      problems.push(
        `${path}: row ${String(i + 1)} is "${row}", expected ${was} as bet ${String(n)} of the agency`,
      );
      break;
    }
    counts.set(agency, n + 1);
  }
  return { counts, problems };
}

/** What is wrong with the files of a lottery that is over. */
export function checkLottery(directory: string, inputs: Inputs): string[] {
  const { counts, problems } = checkBets(directory, inputs, true);
  const found = [...problems];
  const expectedWinners: string[] = [];
  for (const [agency, rows] of inputs) {
    const stored = counts.get(agency) ?? 0;
    if (stored !== rows.length) {
      found.push(
        `agency ${String(agency)}: ${String(stored)} bets are stored of ${String(rows.length)}`,
      );
    }
    expectedWinners.push(...winnersOf(rows).map((document) => `${String(agency)},${document}`));
  }
  const path = join(directory, 'winners.csv');
  const winners = existsSync(path) ? readFileSync(path, 'utf8').split('\r\n').slice(0, -1) : [];
  if (winners.sort().join() !== expectedWinners.sort().join()) {
    found.push(`${path}: ${winners.join(' ')}, expected ${expectedWinners.join(' ')}`);
  }
  return found;
}
