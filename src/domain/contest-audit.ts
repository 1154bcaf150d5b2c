/** Reads stored rows of the 2020 edition once more, as row-audit.ts reads those of bets. */
import { checkContestRows } from './contest-rows';
import type { BadRow, Run } from './row-audit';

const LF = 0x0a;
const COMMA = 0x2c;

/**
 * @param rows whole rows, of any agencies
 * @param onRun called for each run of rows of an agency, in order
 * @returns the first row that is wrong, or null when all are right
 */
export function auditContestRows(rows: Buffer, onRun: (run: Run) => void): BadRow | null {
  for (let start = 0; start < rows.length;) {
    const end = runEnd(rows, start);
    const run = rows.subarray(start, end);
    const verdict = checkContestRows(run);
    if (!verdict.ok) {
      return { at: start + rowStart(run, verdict.index), problem: verdict.problem };
    }
    const { agency, count: bets } = verdict;
    onRun({ agency, start, end, bets, winners: 0, winnerBytes: 0 });
    start = end;
  }
  return null;
}

/** Where the rows of the agency at `start` end, and those of another one begin. */
function runEnd(rows: Buffer, start: number): number {
  const prefix = rows.subarray(start, rows.indexOf(COMMA, start) + 1);
  let at = start;
  while (at < rows.length && rows.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0) {
    at = rows.indexOf(LF, at) + 1;
  }
  // A row without a comma has no prefix; the check names the problem.
  return prefix.length === 0 || at === start ? rows.indexOf(LF, start) + 1 : at;
}

function rowStart(rows: Buffer, index: number): number {
  let at = 0;
  for (let i = 0; i < index; i++) at = rows.indexOf(LF, at) + 1;
  return at;
}
