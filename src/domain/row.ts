/**
 * Rows of `bets.csv`: `agency,first_name,last_name,document,birthdate,number` and CR LF, quoted as
 * Python's `csv.writer` does with QUOTE_MINIMAL. A batch holds the same bytes (docs/PROTOCOL.md,
 * section 6), so that what an agency sent is what is stored.
 */
import { Bet } from './bet';

/** A field as `csv.writer` writes it: quoted only where it must be. */
export function encodeField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A bet as one row, CR LF included. */
export function encodeRow(bet: Bet): string {
  const fields = [
    String(bet.agency),
    bet.firstName,
    bet.lastName,
    bet.document,
    bet.birthdate,
    String(bet.number),
  ];
  return `${fields.map(encodeField).join(',')}\r\n`;
}

/** The bet of one parsed row. */
export function betOfFields(fields: readonly string[]): Bet {
  const [agency, firstName, lastName, document, birthdate, number, ...rest] = fields;
  if (
    agency === undefined ||
    firstName === undefined ||
    lastName === undefined ||
    document === undefined ||
    birthdate === undefined ||
    number === undefined ||
    rest.length > 0
  ) {
    throw new RangeError(`a row has six fields, this one has ${String(fields.length)}`);
  }
  return new Bet(agency, firstName, lastName, document, birthdate, number);
}

const COMMA = 0x2c;
const DATE_BYTES = 10;

/**
 * Document and number of one checked row. They are found from its end: nothing after the names is
 * ever quoted.
 */
export function documentAndNumber(row: Buffer): { document: string; number: number } {
  const numberAt = row.lastIndexOf(COMMA) + 1;
  const documentEnd = numberAt - 1 - DATE_BYTES - 1;
  const documentAt = row.lastIndexOf(COMMA, documentEnd - 1) + 1;
  return {
    document: row.toString('latin1', documentAt, documentEnd),
    number: Number(row.toString('latin1', numberAt).trimEnd()),
  };
}
