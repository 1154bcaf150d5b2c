/** Rows of winners, `agency,document` CR LF each. */
import { LIMITS } from '../base/limits';

const COMMA = 0x2c;
const CR = 0x0d;
const LF = 0x0a;
/** Agency, comma, document, CR LF. */
export const WINNER_ROW_BYTES_MAX = 5 + 1 + 10 + 2;
const DATE_BYTES = 10;

/** Collects the rows of winners among rows of bets. */
export class WinnerRows {
  private buffer = Buffer.allocUnsafe(LIMITS.rangeWinnersBytesMin);
  /** Bytes of the rows so far. */
  length = 0;

  /**
   * Adds the winner of a row of bets.
   *
   * @param rows checked rows
   * @param start where an agency and a comma stand, which take `prefixBytes`
   * @param numberAt where the comma in front of the row's number is
   */
  add(rows: Uint8Array, start: number, prefixBytes: number, numberAt: number): void {
    if (this.length + WINNER_ROW_BYTES_MAX > this.buffer.length) this.grow();
    const { buffer } = this;
    let to = this.length;
    for (let i = 0; i < prefixBytes; i++) buffer[to++] = rows[start + i] ?? 0;
    // ...,document,YYYY-MM-DD,7574
    const documentEnd = numberAt - DATE_BYTES - 1;
    let documentStart = documentEnd;
    while (rows[documentStart - 1] !== COMMA) documentStart--;
    for (let i = documentStart; i < documentEnd; i++) buffer[to++] = rows[i] ?? 0;
    buffer[to++] = CR;
    buffer[to++] = LF;
    this.length = to;
  }

  /** All rows so far, in the order in which they were added. */
  take(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.buffer, 0, this.length);
  }

  private grow(): void {
    const larger = Buffer.allocUnsafe(2 * this.buffer.length);
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

/** Called for the rows at `start` to `end`, which are all of one agency. */
export type WinnersOfAgency = (agency: number, start: number, end: number) => void;

/**
 * Splits rows of winners where the agency changes.
 *
 * @param rows whole rows
 */
export function forEachAgency(rows: Uint8Array, use: WinnersOfAgency): void {
  let runAgency = 0;
  let runStart = 0;
  for (let at = 0; at < rows.length;) {
    const start = at;
    let agency = 0;
    for (let byte = rows[at++] ?? COMMA; byte !== COMMA; byte = rows[at++] ?? COMMA) {
      agency = agency * 10 + byte - 0x30;
    }
    while (at < rows.length && rows[at] !== LF) at++;
    at++;
    if (agency === runAgency) continue;
    if (start > runStart) use(runAgency, runStart, start);
    runAgency = agency;
    runStart = start;
  }
  if (rows.length > runStart) use(runAgency, runStart, rows.length);
}
