/** Whether a row that was stored was sent: looked for in the very bytes, without taking them apart. */
import { join, u32, utf8 } from '../support/wire-builder';
import type { FuzzDialect } from './dialect-corpus';

interface Fields {
  readonly agency: string;
  /** One character for each byte. */
  readonly first: string;
  readonly last: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

/** How often a row stands in the bytes that a peer sent. */
export function timesSent(dialect: FuzzDialect, row: string, sent: Buffer): number {
  const fields = fieldsOf(row);
  if (fields === null) return 0;
  if (dialect === 'tlv') return timesInTlv(fields, sent);
  const text = sent.toString('latin1');
  return [...text.matchAll(patternOf(dialect, fields))].length;
}

function patternOf(dialect: Exclude<FuzzDialect, 'tlv'>, fields: Fields): RegExp {
  const { agency, first, last, document, birthdate, number } = fields;
  const separator = { pipe: '\\|', opcode: '#', semicolon: ';' }[dialect];
  const bet = [first, last, document, birthdate].map(escape).join(separator);
  // Zeros in front of agency and number are not stored; `semicolon` names the agency only once.
  const before = dialect === 'semicolon' ? '' : `(?<!\\d)0*${agency}${separator}`;
  const whole = `${before}${bet}${separator}0*${number}`;
  // A single bet in `pipe` ends where its length says, and the next message begins with a digit.
  const alone = dialect === 'pipe' ? `|(?<=\\d \\|)${whole}` : '';
  // A message of `semicolon` ends where its size says, whatever follows.
  const end = dialect === 'semicolon' ? '' : '(?!\\d)';
  return new RegExp(`${whole}${end}${alone}`, 'gs');
}

function timesInTlv(fields: Fields, sent: Buffer): number {
  const { agency, first, last, document, number } = fields;
  const [firstBytes, lastBytes] = [Buffer.from(first, 'latin1'), Buffer.from(last, 'latin1')];
  const start = join(
    ...[u32(Number(agency)), u32(firstBytes.length), firstBytes],
    ...[u32(lastBytes.length), lastBytes, u32(Number(document))],
  );
  let times = 0;
  for (let at = sent.indexOf(start); at >= 0; at = sent.indexOf(start, at + 1)) {
    // Between them is the birth date, in seconds: any second of the day is the day.
    const numberAt = at + start.length + 8;
    if (numberAt + 4 <= sent.length && sent.readUInt32BE(numberAt) === Number(number)) times++;
  }
  return times;
}

function fieldsOf(row: string): Fields | null {
  const bytes = Buffer.from(utf8(row)).toString('latin1');
  const name = '("(?:[^"]|"")*"|[^",]*)';
  const match = new RegExp(`^(\\d+),${name},${name},(\\d+),([\\d-]+),(\\d+)\r\n$`).exec(bytes);
  if (match === null) return null;
  const [, agency = '', first = '', last = '', document = '', birthdate = '', number = ''] = match;
  return { agency, first: plain(first), last: plain(last), document, birthdate, number };
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
