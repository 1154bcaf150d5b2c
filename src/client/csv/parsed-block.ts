/**
 * Parses a block of lines at once with Papa Parse, which takes a fifth of csv-parse's time and accepts more. So
 * a block in which anything is wrong, or might be, is read again by `csv-rows.ts`, which decides and names the
 * line.
 */
import type { parse } from 'papaparse';
import { BET_FIELDS, isBetNumber, rowOfText, type BetText } from '../../domain/bet-fields';
import { takeRows } from '../../domain/row-check';

const CR = 0x0d;
const LF = 0x0a;
/**
 * Where Papa Parse and csv-parse differ: a quote that is doubled may stand for an empty line, white space
 * behind a closing quote is an error, and what looks like a byte order mark is part of a name.
 */
const UNCLEAR = /^\ufeff|""|"(?!\r?\n)\s/;

/**
 * @param parseText the function of Papa Parse, which takes time to load
 * @param lines whole lines, valid UTF-8
 * @param agency decimal digits
 * @returns the rows as they go on the wire; null when something in the block may be wrong
 */
export function parseBlock(parseText: typeof parse, lines: Buffer, agency: string): Buffer | null {
  const newline = lineEndOf(lines);
  if (newline === null) return null;
  const text = lines.toString('utf8');
  if (UNCLEAR.test(text)) return null;
  const config = { delimiter: ',', newline, skipEmptyLines: true } as const;
  const { data, errors } = parseText<string[]>(text, config);
  if (errors.length > 0) return null;
  const rows: string[] = [];
  for (const record of data) {
    const bet = betOf(record);
    if (bet === null) return null;
    rows.push(rowOfText(agency, bet));
  }
  const bytes = Buffer.from(rows.join(''), 'utf8');
  // Far cheaper than to check each field as text, by the same rules.
  const { count } = takeRows(bytes, 0, rows.length, bytes.length);
  return count === rows.length ? bytes : null;
}

/** How the lines of a block end; null when not all of them end so. */
function lineEndOf(lines: Buffer): '\r\n' | '\n' | null {
  const first = lines.indexOf(LF);
  if (!lines.includes(CR)) return '\n';
  let at = first;
  while (at >= 0 && lines[at - 1] === CR) at = lines.indexOf(LF, at + 1);
  return at < 0 && first >= 0 ? '\r\n' : null;
}

function betOf(record: readonly string[]): BetText | null {
  if (record.length !== BET_FIELDS.length) return null;
  const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] = record;
  // Papa Parse takes a quote in the middle of a field for itself; csv-parse refuses it.
  if (firstName.includes('"') || lastName.includes('"')) return null;
  // The row has the value of the number, and no longer its text.
  if (!isBetNumber(number)) return null;
  return { firstName, lastName, document, birthdate, number };
}
