/**
 * Bets of the legacy dialects as rows of `bets.csv`. They are checked like the rows that come in
 * the native protocol; here nothing is decided but how they are written.
 */
import { LIMITS } from '../../base/limits';
import { encodeField } from '../../domain/row';
import { WireError } from '../codes';
import type { BetsCommand } from '../commands';

/**
 * The fields of a bet as received, one character for each byte ('latin1'), so that invalid UTF-8
 * survives until the check finds it.
 */
export interface WireBet {
  /** Decimal digits. */
  readonly agency: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

const DIGITS = /^\d{1,15}$/;

/** The number that `text` is in decimal digits, or null. */
export function decimalOf(text: string): number | null {
  return DIGITS.test(text) ? Number(text) : null;
}

/**
 * The command that appends bets to those of the agency.
 *
 * @throws WireError when the rows exceed a commit
 */
export function betsCommand(form: 'bet' | 'batch', bets: readonly WireBet[]): BetsCommand {
  const rows = Buffer.from(bets.map(rowOf).join(''), 'latin1');
  if (rows.length > LIMITS.dialectMessageBytesMax) {
    throw new WireError('MALFORMED_MESSAGE', `${String(rows.length)} bytes of rows in one message`);
  }
  return { kind: 'bets', form, offset: null, checksum: null, count: bets.length, rows };
}

/** Every field is quoted where it must be, so that none of them can begin another row. */
function rowOf({ agency, firstName, lastName, document, birthdate, number }: WireBet): string {
  const fields = [plain(agency), firstName, lastName, document, birthdate, plain(number)];
  return `${fields.map(encodeField).join(',')}\r\n`;
}

/** Removes leading zeros; text that is no number stays, and is rejected. */
function plain(digits: string): string {
  const value = decimalOf(digits);
  return value === null ? digits : String(value);
}
