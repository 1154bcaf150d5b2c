/** A store of one agency that has finished with a million bets or so, made without sending them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { segmentFile, segmentHeader } from './store-bytes';

const SEGMENT_BYTES = 8 * 1024 * 1024;
const REPEATED_ROWS = 10_000;

/**
 * Fills an empty directory, in which the draw is then due. All bets are of agency 1 and on the same number.
 *
 * @param bets a multiple of 10,000; their documents are 10,000,000 to 10,009,999, again and again
 */
export function makeDueStore(directory: string, bets: number, number: number): void {
  const rows = Array.from({ length: REPEATED_ROWS }, (_, i) => {
    return `1,Ana,Paz,${String(10_000_000 + i)},2000-01-01,${String(number)}\r\n`;
  });
  const block = Buffer.from(rows.join(''), 'latin1');
  const csv = Buffer.alloc((bets / REPEATED_ROWS) * block.length, block);
  const snapshot = { agencies: [[1, bets, crc32(csv), 1]], draw: null };
  const csvBytes = csv.length;
  const header = segmentHeader({ magic: 'LNJRNL03', generation: 1, csvBytes, snapshot });
  writeFileSync(join(directory, 'bets.csv'), csv);
  writeFileSync(join(directory, 'journal.a'), segmentFile(SEGMENT_BYTES, header));
  writeFileSync(join(directory, 'journal.b'), segmentFile(SEGMENT_BYTES));
}
