/**
 * Bets of the legacy dialects as rows of `bets.csv`. They are checked like the rows that come in
 * the native protocol; here nothing is decided but how they are written.
 */
import type { BetText } from '../../../domain/bet-fields';
import { encodeField } from '../../../domain/row';

/**
 * The fields of a bet as received, one character for each byte ('latin1'), so that invalid UTF-8
 * survives until the check finds it.
 */
export interface WireBet extends BetText {
  /** Decimal digits. */
  readonly agency: string;
}

const DIGITS = /^\d{1,15}$/;

/** The number that `text` is in decimal digits, or null. */
export function decimalOf(text: string): number | null {
  return DIGITS.test(text) ? Number(text) : null;
}

/** `text`, if it can be the number of an agency. */
export function agencyOrNull(text: string | undefined): string | null {
  return text !== undefined && DIGITS.test(text) ? text : null;
}

/** The rows of bets, one behind the other. */
export function rowsOf(bets: readonly WireBet[]): Buffer {
  return Buffer.from(bets.map(rowOf).join(''), 'latin1');
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
