/** Whether what is stored, and what the agencies were sent, is exactly what was in their files. */
import { LOTTERY_WINNER_NUMBER } from '../../src/domain/bet';

/** What there is of one agency. */
export interface AgencyOutcome {
  readonly agency: number;
  /** Rows of its file, as it sends them: without an end of line. */
  readonly rows: readonly string[];
  /** Its rows as they are stored, without its number, in that order. */
  readonly stored: readonly string[];
  /** Documents of its stored winners. */
  readonly storedWinners: readonly string[];
  /** Documents that it logged; null: none arrived. */
  readonly receivedWinners: readonly string[] | null;
  /** Exit code of its container. */
  readonly exitCode: number;
  /** How often its container was started. */
  readonly starts: number;
}

/** The rows of a file that may end with CR LF, and may not end with an end of line. */
export function rowsOf(csv: string): string[] {
  return csv.split(/\r?\n/).filter((row) => row !== '');
}

/** Rows that begin with the number of their agency, by agency, without that number. */
export function rowsByAgency(csv: string): Map<number, string[]> {
  const byAgency = new Map<number, string[]>();
  for (const row of rowsOf(csv)) {
    const comma = row.indexOf(',');
    const agency = Number(row.slice(0, comma));
    const rows = byAgency.get(agency) ?? [];
    rows.push(row.slice(comma + 1));
    byAgency.set(agency, rows);
  }
  return byAgency;
}

/** Documents of the rows that win, in the order of the rows. Neither data set quotes a field. */
export function winnersAmong(rows: readonly string[]): string[] {
  const winning = `,${String(LOTTERY_WINNER_NUMBER)}`;
  return rows.filter((row) => row.endsWith(winning)).map((row) => row.split(',')[2] ?? '');
}

/** @returns what is not exact, a sentence each; empty: everything is */
export function differences(outcomes: readonly AgencyOutcome[]): string[] {
  return outcomes.flatMap((outcome) =>
    differencesOf(outcome).map((text) => `agency ${String(outcome.agency)}: ${text}`),
  );
}

function differencesOf(outcome: AgencyOutcome): string[] {
  const { rows, stored, storedWinners, receivedWinners, exitCode, starts } = outcome;
  const expected = winnersAmong(rows);
  const texts: string[] = [];
  const first = rows.findIndex((row, i) => row !== stored[i]);
  if (first >= 0) texts.push(`row ${String(first + 1)} of its file is not stored there`);
  if (stored.length !== rows.length) {
    texts.push(`${String(stored.length)} rows are stored, its file has ${String(rows.length)}`);
  }
  if (!isSame(storedWinners, expected)) {
    texts.push(`stored winners ${listOf(storedWinners)}, expected ${listOf(expected)}`);
  }
  if (receivedWinners === null) texts.push('it received no winners');
  else if (!isSame(receivedWinners, expected)) {
    texts.push(`it received winners ${listOf(receivedWinners)}, expected ${listOf(expected)}`);
  }
  if (exitCode !== 0) texts.push(`exit code ${String(exitCode)}`);
  if (starts !== 1) texts.push(`started ${String(starts)} times`);
  return texts;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}

function listOf(documents: readonly string[]): string {
  return documents.length === 0 ? 'none' : documents.join(' ');
}
