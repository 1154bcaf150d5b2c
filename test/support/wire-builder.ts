/**
 * Builds the bytes of the native protocol for tests, from docs/PROTOCOL.md alone: it shares no code
 * with `src/`, so that a mistake in the codec cannot cancel itself out.
 */

/** CRC-32 (ISO-HDLC), one bit at a time. */
export function crcOf(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** `size` bytes of `value`, big-endian. */
function integer(value: number | bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export const u8 = (value: number): Uint8Array => integer(value, 1);
export const u16 = (value: number): Uint8Array => integer(value, 2);
export const u32 = (value: number): Uint8Array => integer(value, 4);
export const u64 = (value: number | bigint): Uint8Array => integer(value, 8);

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** All parts, one behind the other. */
export function join(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

/** Deviations from a well-formed frame. */
export interface FrameFlaws {
  readonly flags?: number;
  /** What the header says, whatever the real length. */
  readonly length?: number;
}

/** One frame: header and body. */
export function frame(type: number, body: Uint8Array, flaws: FrameFlaws = {}): Buffer {
  const { flags = 0, length = 4 + body.length } = flaws;
  return join(u16(length), u8(type), u8(flags), body);
}

export function preface(version = 1): Buffer {
  return Buffer.from([0xa5, 0x4c, 0x4e, version]);
}

/** The fields of a bet, as the protocol writes them. */
export interface RowFields {
  readonly agency: number | string;
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: number | string;
}

/** The bet of section 4.2. */
export const NORA: RowFields = {
  agency: 3,
  firstName: 'Nora',
  lastName: 'Ibáñez',
  document: '30000031',
  birthdate: '1988-04-23',
  number: 7574,
};

/** The other bet of section 4.3. */
export const PEREZ: RowFields = {
  agency: 3,
  firstName: 'Pérez, hijo',
  lastName: 'Díaz',
  document: '5000005',
  birthdate: '1970-01-01',
  number: 42,
};

/** A name as section 6 has it: in quotes exactly when it holds a comma or a quote. */
export function quoted(name: string): string {
  if (!name.includes(',') && !name.includes('"')) return name;
  return `"${name.split('"').join('""')}"`;
}

/** One row, CR LF included. */
export function rowText(fields: RowFields): string {
  const { agency, firstName, lastName, document, birthdate, number } = fields;
  const names = `${quoted(firstName)},${quoted(lastName)}`;
  return `${String(agency)},${names},${document},${birthdate},${String(number)}\r\n`;
}

export function row(fields: RowFields): Buffer {
  return join(utf8(rowText(fields)));
}

export function rows(...bets: readonly RowFields[]): Buffer {
  return join(...bets.map(row));
}

// Messages of the agency.

export function introduce(agency: number, token: Uint8Array = new Uint8Array()): Buffer {
  return frame(0x01, join(u32(agency), u16(token.length), token));
}

export function bet(offset: number | bigint, checksum: number, oneRow: Uint8Array): Buffer {
  return frame(0x02, join(u64(offset), u32(checksum), oneRow));
}

export function batch(
  offset: number | bigint,
  checksum: number,
  count: number,
  someRows: Uint8Array,
): Buffer {
  return frame(0x03, join(u64(offset), u32(checksum), u16(count), someRows));
}

export function finished(total: number | bigint): Buffer {
  return frame(0x04, u64(total));
}

export function askWinners(first: number | bigint, wait: number): Buffer {
  return frame(0x05, join(u64(first), u8(wait)));
}

export function agencyGoodbye(): Buffer {
  return frame(0x06, new Uint8Array());
}

export function introduceEdition(
  edition: number,
  agency: number,
  token: Uint8Array = new Uint8Array(),
): Buffer {
  return frame(0x07, join(u16(edition), u32(agency), u16(token.length), token));
}

export function askTotal(): Buffer {
  return frame(0x08, new Uint8Array());
}

/** @param echo eight bytes */
export function ping(echo: Uint8Array): Buffer {
  return frame(0x09, echo);
}

// Messages of the central.

export interface WelcomeFields {
  readonly stored: number | bigint;
  readonly checksum: number;
  readonly window: number;
  /** 0 loading, 1 finished, 2 drawn. */
  readonly state: number;
}

export function welcome({ stored, checksum, window, state }: WelcomeFields): Buffer {
  return frame(0x81, join(u64(stored), u32(checksum), u16(window), u8(state), u8(1)));
}

export function ack(upTo: number | bigint): Buffer {
  return frame(0x82, u64(upTo));
}

export interface RejectFields {
  readonly offset: number | bigint;
  readonly expected: number | bigint;
  /** 65535: the batch as a whole. */
  readonly index: number;
  readonly reason: number;
}

export function reject({ offset, expected, index, reason }: RejectFields): Buffer {
  return frame(0x83, join(u64(offset), u64(expected), u16(index), u16(reason)));
}

export function winners(
  total: number | bigint,
  first: number | bigint,
  documents: readonly string[],
  count = documents.length,
): Buffer {
  const list = documents.map((document) => join(u8(document.length), utf8(document)));
  return frame(0x84, join(u64(total), u64(first), u16(count), ...list));
}

export function notYet(pending: number, retryAfterMs: number): Buffer {
  return frame(0x85, join(u32(pending), u32(retryAfterMs)));
}

export function busy(retryAfterMs: number): Buffer {
  return frame(0x86, u32(retryAfterMs));
}

export function error(code: number, text: string): Buffer {
  return frame(0x87, join(u16(code), utf8(text)));
}

export function centralGoodbye(retryAfterMs: number): Buffer {
  return frame(0x88, u32(retryAfterMs));
}

export interface ResultsFields {
  readonly upTo: number | bigint;
  readonly winners: number | bigint;
  /** 1: the answer ends here. */
  readonly last: number;
}

export function results(
  { upTo, winners: won, last }: ResultsFields,
  someRows: readonly Uint8Array[] = [],
  count = someRows.length,
): Buffer {
  return frame(0x89, join(u64(upTo), u64(won), u8(last), u16(count), ...someRows));
}

export function total(won: number | bigint, pending: number): Buffer {
  return frame(0x8a, join(u64(won), u32(pending)));
}

export function pong(echo: Uint8Array): Buffer {
  return frame(0x8b, echo);
}

/** A row of the 2020 edition: that of a bet, without its number. */
export function contestantRow(fields: Omit<RowFields, 'number'>): Buffer {
  const text = rowText({ ...fields, number: '' });
  return join(utf8(`${text.slice(0, -3)}\r\n`));
}
