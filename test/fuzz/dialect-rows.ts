/**
 * Whether a row that was stored was sent. In `pipe`, `tlv` and `opcode` it is looked for in the very bytes, without
 * taking them apart. In `semicolon` only the size says where a number ends, so its packets are followed.
 */
import { join, u32, utf8 } from '../support/wire-builder';
import type { Dialect } from '../../src/protocol/conversion';

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
export function timesSent(dialect: Dialect, row: string, sent: Buffer): number {
  const fields = fieldsOf(row);
  if (fields === null) return 0;
  if (dialect === 'tlv') return timesInTlv(fields, sent);
  if (dialect === 'semicolon') return timesInSemicolon(fields, sent);
  const text = sent.toString('latin1');
  return [...text.matchAll(patternOf(dialect, fields))].length;
}

function patternOf(dialect: 'pipe' | 'opcode', fields: Fields): RegExp {
  const { agency, first, last, document, birthdate, number } = fields;
  const separator = { pipe: '\\|', opcode: '#' }[dialect];
  const bet = [first, last, document, birthdate].map(escape).join(separator);
  // Zeros in front of agency and number are not stored.
  const whole = `(?<!\\d)0*${agency}${separator}${bet}${separator}0*${number}`;
  // A single bet in `pipe` ends where its length says, and the next message begins with a digit.
  const alone = dialect === 'pipe' ? `|(?<=\\d \\|)${whole}` : '';
  return new RegExp(`${whole}(?!\\d)${alone}`, 'gs');
}

/**
 * Follows the sizes of a connection's packets (system 003, section 2.1). The last two bytes are a flag, 0 behind
 * the last bets; in exercise 5 (section 6) there is none, and the only packet holds the only bet.
 */
function timesInSemicolon(fields: Fields, sent: Buffer): number {
  const { agency, first, last, document, birthdate, number } = fields;
  const wanted = [first, last, document, birthdate, number].join(';');
  let times = 0;
  for (let at = 0; at + 2 <= sent.length;) {
    const size = sent.readUInt16BE(at);
    const end = at + 2 + size;
    if (size < 4 || end > sent.length) return times;
    const whole = sent.toString('latin1', at + 2, end);
    const hasFlag = !/[\d;]\d$/.test(whole);
    const [id = '', ...texts] = (hasFlag ? whole.slice(0, -2) : whole).split(';');
    const isEmpty = texts.length === 1 && texts[0] === '';
    const isWhole = /^\d+$/.test(id) && texts.length > 0 && (texts.length % 5 === 0 || isEmpty);
    if (!hasFlag && (at > 0 || texts.length !== 5)) return times;
    for (let bet = 0; isWhole && !isEmpty && bet < texts.length; bet += 5) {
      const [, , , , sentNumber = ''] = texts.slice(bet, bet + 5);
      const plainBet = [...texts.slice(bet, bet + 4), sentNumber.replace(/^0+(?=\d)/, '')];
      if (id.replace(/^0+(?=\d)/, '') === agency && plainBet.join(';') === wanted) times++;
    }
    // Behind the last bets come questions for winners.
    if (!hasFlag || (isWhole && whole.endsWith('\0\0'))) return times;
    at = end;
  }
  return times;
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
