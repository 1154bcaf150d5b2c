/**
 * Finds winning rows in the bytes of `bets.csv`.
 *
 * A row on the winning number ends in `,7574` CR LF, and nothing else does: names hold no line
 * break (row-check.ts), so a native search for those bytes finds every winner, and only the rows
 * that it finds are looked at.
 */
import { LOTTERY_WINNER_NUMBER } from './bet';

const ROW_END = Buffer.from(`,${String(LOTTERY_WINNER_NUMBER)}\r\n`, 'latin1');
const COMMA = 0x2c;
const LF = 0x0a;
const DATE_BYTES = 10;

/** Called for each winning row, in stored order. */
export type WinnerSink = (agency: number, document: string) => void;

/**
 * Looks through whole rows.
 *
 * @param rows must begin at the start of a row; bytes behind the last LF are not looked at
 */
export function scanWinners(rows: Buffer, sink: WinnerSink): void {
  let from = 0;
  for (;;) {
    const hit = rows.indexOf(ROW_END, from);
    if (hit < 0) return;
    from = hit + ROW_END.length;
    // ...,document,YYYY-MM-DD,7574
    const documentEnd = hit - DATE_BYTES - 1;
    const documentStart = rows.lastIndexOf(COMMA, documentEnd - 1) + 1;
    const rowStart = rows.lastIndexOf(LF, documentStart) + 1;
    const agencyEnd = rows.indexOf(COMMA, rowStart);
    sink(
      Number(rows.toString('latin1', rowStart, agencyEnd)),
      rows.toString('latin1', documentStart, documentEnd),
    );
  }
}
