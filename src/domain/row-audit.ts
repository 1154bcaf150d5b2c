/**
 * Reads stored rows once more, by the rules by which they were accepted (row-check.ts), and finds
 * those on one number on the way. Rows of all agencies follow each other as their batches came, so
 * that an agency has a run of rows, mostly a hundred or so, before another one has its own.
 */
import { isUtf8 } from 'node:buffer';
import { lazily } from '../base/lazily';
import { PlainRowsWalk } from './plain-rows-walk';
import { agencyOf, agencyPrefixBytes, checkRow, problemOf, type RowProblem } from './row-bytes';
import { WinnerRows } from './winner-rows';

/** A run of rows of one agency in a block. */
export interface Run {
  readonly agency: number;
  readonly start: number;
  readonly end: number;
  readonly bets: number;
  /** Bets on the number that is looked for, and bytes of their rows in {@link RowAudit.winners}. */
  readonly winners: number;
  readonly winnerBytes: number;
}

export interface BadRow {
  /** Where it begins in the block. */
  readonly at: number;
  readonly problem: RowProblem;
}

const LF = 0x0a;
const NO_NUMBER = Buffer.alloc(0);

/** Not shared with row-check.ts; null where there is no WebAssembly. */
const threadsWalk = lazily(() => PlainRowsWalk.create());

export class RowAudit {
  /** The winners of all blocks so far. */
  readonly winners = new WinnerRows();
  private readonly rowEnd: Uint8Array;

  /**
   * @param number the winning number, 0 to 9999; null: none
   * @param plain a walk over plain rows, not shared; null: without one
   */
  constructor(
    number: number | null,
    private readonly plain: PlainRowsWalk | null = threadsWalk(),
  ) {
    this.rowEnd = number === null ? NO_NUMBER : Buffer.from(`,${String(number)}\r\n`, 'latin1');
    plain?.lookFor(this.rowEnd);
  }

  /**
   * @param rows whole rows, of any agencies
   * @param onRun called for each run of rows of an agency, in order
   * @returns the first row that is wrong, or null when all are right
   */
  block(rows: Uint8Array, onRun: (run: Run) => void): BadRow | null {
    if (!isUtf8(rows)) return { at: startOfBadUtf8(rows), problem: 'INVALID_UTF8' };
    const { plain, rowEnd, winners } = this;
    let loaded = 0;
    let at = 0;
    while (at < rows.length) {
      const start = at;
      const prefix = agencyPrefixBytes(rows, start);
      if (prefix === 0) return { at, problem: 'WRONG_AGENCY' };
      const winnerBytesBefore = winners.length;
      let bets = 0;
      let won = 0;
      plain?.beginRowsWith(rows, start, prefix);
      while (at < rows.length) {
        if (plain !== null) {
          if (at >= loaded) loaded = plain.loadWindow(rows, at, rows.length);
          at = plain.walk(at, rows.length);
          bets += plain.count;
          if (plain.isWanted) {
            winners.add(rows, start, prefix, at - rowEnd.length);
            won++;
            continue;
          }
          if (at === rows.length) break;
        }
        // Another agency, a row that is special or was cut by the window, or a wrong one.
        if (!standsAt(rows, at, rows, start, prefix)) break;
        const run = rows.subarray(start);
        const end = checkRow(run, at - start, prefix);
        if (end < 0) return { at, problem: problemOf(end, run, at - start) };
        at = start + end;
        bets++;
        if (rowEnd.length > 0 && standsAt(rows, at - rowEnd.length, rowEnd, 0, rowEnd.length)) {
          winners.add(rows, start, prefix, at - rowEnd.length);
          won++;
        }
      }
      const agency = agencyOf(rows, prefix, start);
      const winnerBytes = winners.length - winnerBytesBefore;
      onRun({ agency, start, end: at, bets, winners: won, winnerBytes });
    }
    return null;
  }
}

/** Whether so many bytes of `expected` from `from` on stand in `rows` at `at`. */
function standsAt(
  rows: Uint8Array,
  at: number,
  expected: Uint8Array,
  from: number,
  bytes: number,
): boolean {
  for (let i = 0; i < bytes; i++) if (rows[at + i] !== expected[from + i]) return false;
  return true;
}

/** Where the row begins that holds the first bytes that are not UTF-8. */
function startOfBadUtf8(rows: Uint8Array): number {
  for (let start = 0; ;) {
    const lineFeed = rows.indexOf(LF, start);
    if (lineFeed < 0 || !isUtf8(rows.subarray(start, lineFeed + 1))) return start;
    start = lineFeed + 1;
  }
}
