/**
 * Builds the bytes of the legacy dialects for tests, from their description in docs/DIALECTS.md: it
 * shares no code with `src/`.
 */
import { join, u16, u32, u64, u8, utf8 } from './wire-builder';

/** The fields of a bet as its agency has them. */
export interface DialectBet {
  readonly first: string;
  readonly last: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

/** A line of an agency's file whose fields are not quoted. */
export function betOfLine(line: string): DialectBet {
  const [first = '', last = '', document = '', birthdate = '', number = ''] = line.split(',');
  return { first, last, document, birthdate, number };
}

function fieldsOf(bet: DialectBet): string[] {
  return [bet.first, bet.last, bet.document, bet.birthdate, bet.number];
}

function bytesOf(text: string): number {
  return utf8(text).length;
}

// System 000.

export function pipeBatch(agency: string, bets: readonly DialectBet[], last: boolean): Buffer {
  const records = bets.map((bet) => {
    const record = `|${[agency, ...fieldsOf(bet)].join('|')}|$`;
    return `${String(bytesOf(record))}${record}`;
  });
  const payload = records.join('');
  return join(utf8(`30 ${String(bytesOf(payload))} ${last ? '1' : '0'}|${payload}`));
}

/** The one bet of exercise 5. */
export function pipeBet(agency: string, bet: DialectBet): Buffer {
  const record = `|${[agency, ...fieldsOf(bet)].join('|')}`;
  return join(utf8(`${String(bytesOf(record))} ${record}`));
}

export function pipeMessage(text: string): Buffer {
  return join(utf8(`${String(bytesOf(text) + 1)}|${text}\n`));
}

export const pipeAsk = (agency: string): Buffer => join(utf8(`winners|${agency}`));
export const pipeExit = (agency: string): Buffer => join(utf8(`exit|${agency}`));

export function pipeWinners(documents: readonly string[]): Buffer {
  if (documents.length === 0) return pipeMessage('winners: ');
  return pipeMessage(`winners:  ${String(documents.length)}  ${documents.join(' ')}`);
}

// System 001.

function text32(text: string): Buffer {
  return join(u32(bytesOf(text)), utf8(text));
}

/** Seconds since 1970 of a day, as 64 bits. */
function seconds(birthdate: string): Uint8Array {
  const [year = 0, month = 1, day = 1] = birthdate.split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return u64(BigInt.asUintN(64, BigInt(date.getTime() / 1000)));
}

export function tlvBets(agency: number, bets: readonly DialectBet[]): Buffer {
  const list = bets.map((bet) => {
    const { first, last, document, birthdate, number } = bet;
    const body = join(
      ...[u32(agency), text32(first), text32(last)],
      ...[u32(Number(document)), seconds(birthdate), u32(Number(number))],
    );
    return join(u64(body.length), body);
  });
  return join(u16(1), u32(bets.length), ...list);
}

export const TLV = {
  stored: join(u16(2)),
  rejected: join(u16(3), u16(2)),
  ack: join(u16(4)),
  allSent: join(u16(5)),
  ask: join(u16(6)),
};

export function tlvWinners(documents: readonly number[]): Buffer {
  return join(u16(7), u64(documents.length), ...documents.map(u32));
}

// System 002.

export function opcodePacket(op: number, items: readonly string[] = []): Buffer {
  const data = utf8(items.map((item) => `${item}#`).join(''));
  return join(u8(op), u32(data.length), data);
}

export function opcodeBatch(agency: string, bets: readonly DialectBet[]): Buffer {
  const items = bets.flatMap((bet, i) => [`@${String(i)}`, agency, ...fieldsOf(bet)]);
  return opcodePacket(3, [String(bets.length), ...items]);
}

export function opcodeWinners(documents: readonly string[]): Buffer {
  return documents.length === 0 ? opcodePacket(7, ['']) : opcodePacket(7, documents);
}

export function opcodeError(text: string): Buffer {
  return join(u8(4), u32(bytesOf(text)), utf8(text));
}

// System 003.

export function semicolonPacket(agency: string, bets: readonly DialectBet[], more: number): Buffer {
  const text = utf8(`${agency};${bets.flatMap(fieldsOf).join(';')}`);
  return join(u16(text.length + 2), text, u16(more));
}

export function semicolonWinners(documents: readonly string[]): Buffer {
  const list = documents.join(';');
  return join(utf8(documents.length === 0 ? ';' : `${String(list.length)};${list}`));
}
