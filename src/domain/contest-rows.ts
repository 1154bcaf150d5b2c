/**
 * Rows of contestants (docs/PROTOCOL.md, section 12): rows of bets without their last column. They are
 * checked as bets, with a number appended: that costs little beside the hash of each.
 */
import { nodeCrypto } from '../base/node-crypto';
import type { Contestant } from './contest';
import { checkRows, type RowsVerdict } from './row-check';

/** About one contestant in this many wins. */
const WINNER_MODULUS = 17;

/**
 * The rule of the edition: the first 8 bytes of SHA-256 over `first|last|document|YYYY-MM-DD`, as an
 * unsigned big-endian integer, are a multiple of 17.
 */
export function isWinner({ firstName, lastName, document, birthdate }: Contestant): boolean {
  const digest = nodeCrypto().hash('sha256', `${firstName}|${lastName}|${document}|${birthdate}`);
  const high = Number.parseInt(digest.slice(0, 8), 16);
  const low = Number.parseInt(digest.slice(8, 16), 16);
  // 2^32 leaves 1 when divided by 17, so that no number above 2^53 is needed.
  return (high + low) % WINNER_MODULUS === 0;
}

const LF = 0x0a;

/**
 * Checks a block of whole rows of contestants, all of one agency, by the rules for bets.
 *
 * @param rows one or more rows, each ended by CR LF
 */
export function checkContestRows(rows: Buffer): RowsVerdict {
  // A row of bets is one of contestants and a number; which number makes no difference.
  return checkRows(Buffer.from(rows.toString('latin1').replaceAll('\r\n', ',0\r\n'), 'latin1'));
}

/** A winner among rows, and the row itself. */
export interface WinningRow {
  readonly contestant: Contestant;
  /** CR LF included. */
  readonly row: Buffer;
}

/** Each of some whole rows, CR LF included. */
export function* rowsIn(rows: Buffer): Generator<Buffer> {
  for (let start = 0; start < rows.length;) {
    const end = rows.indexOf(LF, start) + 1;
    yield rows.subarray(start, end);
    start = end;
  }
}

/** @param rows checked rows. @returns those that won, in order */
export function winningRowsOf(rows: Buffer): WinningRow[] {
  const winners: WinningRow[] = [];
  for (const row of rowsIn(rows)) {
    const contestant = contestantOf(row);
    if (isWinner(contestant)) winners.push({ contestant, row });
  }
  return winners;
}

/** @param starts where each row of a winner begins in `rows` */
export function winningRowsAt(rows: Buffer, starts: readonly number[]): WinningRow[] {
  return starts.map((start) => {
    const row = rows.subarray(start, rows.indexOf(LF, start) + 1);
    return { contestant: contestantOf(row), row };
  });
}

/** The number of the agency in front of a checked row. */
export function agencyOfRow(row: Buffer): number {
  return Number.parseInt(row.toString('latin1', 0, 6), 10);
}

/** @param row a checked row, CR LF included */
export function contestantOf(row: Buffer): Contestant {
  const [, firstName = '', lastName = '', document = '', birthdate = ''] = fieldsOf(
    row.toString('utf8', 0, row.length - 2),
  );
  return { firstName, lastName, document, birthdate };
}

/** The fields of a row that is quoted where it must be and nowhere else. */
function fieldsOf(text: string): string[] {
  if (!text.includes('"')) return text.split(',');
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, inQuotes, plain = '']) => inQuotes?.replaceAll('""', '"') ?? plain,
  );
}
