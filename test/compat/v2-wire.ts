/**
 * The messages of docs/PROTOCOL.md as a second client writes and reads them: from the document alone,
 * without a line of `src/` or of the other builders. Whatever the document does not allow is `Malformed`.
 */

/** A frame of the central that breaks section 3 or 5. */
export class Malformed extends Error {}

export type Message =
  | {
      readonly is: 'WELCOME';
      readonly accepted: number;
      readonly checksum: number;
      readonly window: number;
      readonly state: 'loading' | 'finished' | 'drawn';
    }
  | { readonly is: 'ACK'; readonly upTo: number }
  | {
      readonly is: 'REJECT';
      readonly offset: number;
      readonly expected: number;
      /** 65535: the batch as a whole. */
      readonly bet: number;
      readonly reason: number;
    }
  | {
      readonly is: 'WINNERS';
      readonly total: number;
      readonly index: number;
      readonly documents: readonly string[];
    }
  | { readonly is: 'NOT_YET'; readonly pending: number; readonly retryMs: number }
  | { readonly is: 'BUSY'; readonly retryMs: number }
  | { readonly is: 'ERROR'; readonly code: number; readonly text: string }
  | { readonly is: 'GOODBYE'; readonly retryMs: number }
  | {
      readonly is: 'RESULTS';
      readonly upTo: number;
      readonly won: number;
      readonly last: boolean;
      readonly rows: readonly string[];
    }
  | { readonly is: 'TOTAL'; readonly winners: number; readonly pending: number }
  | { readonly is: 'PONG'; readonly echo: string };

export const PREFACE = Buffer.from('a54c4e01', 'hex');
const MAX_FRAME_BYTES = 8192;
const MAX_TEXT_BYTES = 256;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 of section 6; `before` is that of the bytes in front. */
export function crc32(bytes: Buffer, before = 0): number {
  let crc = ~before >>> 0;
  for (const byte of bytes) crc = ((CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)) >>> 0;
  return ~crc >>> 0;
}

/** A frame of fields, each `[bytes, value]`, and what follows them. */
function frame(type: number, fields: readonly (readonly [number, number])[], rest = ''): Buffer {
  const tail = Buffer.from(rest, 'utf8');
  const size = fields.reduce((sum, [bytes]) => sum + bytes, 4) + tail.length;
  const out = Buffer.alloc(size);
  out.writeUInt16BE(size, 0);
  out.writeUInt8(type, 2);
  let at = 4;
  for (const [bytes, value] of fields) {
    if (bytes === 8) out.writeBigUInt64BE(BigInt(value), at);
    else out.writeUIntBE(value, at, bytes);
    at += bytes;
  }
  tail.copy(out, at);
  return out;
}

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

/** The messages of the agency, section 4. */
export const say = {
  introduce: (agency: number, token = ''): Buffer =>
    frame(0x01, [[4, agency], [2, bytesOf(token)]], token), // prettier-ignore
  bet: (offset: number, checksum: number, row: string): Buffer =>
    frame(0x02, [[8, offset], [4, checksum]], row), // prettier-ignore
  batch: (offset: number, checksum: number, rows: readonly string[]): Buffer =>
    frame(0x03, [[8, offset], [4, checksum], [2, rows.length]], rows.join('')), // prettier-ignore
  finished: (total: number): Buffer => frame(0x04, [[8, total]]),
  askWinners: (from: number, wait: boolean): Buffer =>
    frame(0x05, [[8, from], [1, wait ? 1 : 0]]), // prettier-ignore
  goodbye: (): Buffer => frame(0x06, []),
  introduceEdition: (edition: number, agency: number, token = ''): Buffer =>
    frame(0x07, [[2, edition], [4, agency], [2, bytesOf(token)]], token), // prettier-ignore
  askTotal: (): Buffer => frame(0x08, []),
  ping: (echo: number): Buffer => frame(0x09, [[8, echo]]),
};

/** Reads the fields of one body, and demands that nothing is missing or left over. */
class Body {
  private at = 4;

  constructor(private readonly bytes: Buffer) {}

  take(size: number): Buffer {
    if (this.at + size > this.bytes.length) throw new Malformed('the body is too short');
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  int(size: 1 | 2 | 4): number {
    return this.take(size).readUIntBE(0, size);
  }

  u64(): number {
    const value = this.take(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('a u64 above 2^53 - 1');
    return Number(value);
  }

  utf8(size: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(size));
    } catch {
      throw new Malformed('not UTF-8');
    }
  }

  get left(): number {
    return this.bytes.length - this.at;
  }
}

function choice<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Malformed(`no such value: ${String(index)}`);
  return value;
}

function readWinners(body: Body): Message {
  const total = body.u64();
  const index = body.u64();
  const documents = Array.from({ length: body.int(2) }, () => body.utf8(body.int(1)));
  if (documents.some((text) => !/^\d{1,10}$/.test(text))) throw new Malformed('not a document');
  if (index + documents.length > total && !(index > total)) throw new Malformed('beyond the total');
  return { is: 'WINNERS', total, index, documents };
}

function readResults(body: Body): Message {
  const upTo = body.u64();
  const won = body.u64();
  const last = choice([false, true], body.int(1));
  const k = body.int(2);
  const text = body.utf8(body.left);
  const rows = text === '' ? [] : text.split(/(?<=\r\n)/);
  if (rows.length !== k || (text !== '' && !text.endsWith('\r\n'))) throw new Malformed('k rows');
  return { is: 'RESULTS', upTo, won, last, rows };
}

function readError(body: Body): Message {
  const code = body.int(2);
  if (body.left > MAX_TEXT_BYTES) throw new Malformed('a long explanation');
  return { is: 'ERROR', code, text: body.utf8(body.left) };
}

function readWelcome(body: Body): Message {
  const accepted = body.u64();
  const checksum = body.int(4);
  const window = body.int(2);
  const state = choice(['loading', 'finished', 'drawn'] as const, body.int(1));
  if (body.int(1) !== 1) throw new Malformed('another version');
  if (window === 0) throw new Malformed('a window of 0');
  return { is: 'WELCOME', accepted, checksum, window, state };
}

const readers: Readonly<Record<number, (body: Body) => Message>> = {
  0x81: readWelcome,
  0x82: (body) => ({ is: 'ACK', upTo: body.u64() }),
  0x83: (body) => ({
    ...{ is: 'REJECT', offset: body.u64(), expected: body.u64() },
    ...{ bet: body.int(2), reason: body.int(2) },
  }),
  0x84: readWinners,
  0x85: (body) => ({ is: 'NOT_YET', pending: body.int(4), retryMs: body.int(4) }),
  0x86: (body) => ({ is: 'BUSY', retryMs: body.int(4) }),
  0x87: readError,
  0x88: (body) => ({ is: 'GOODBYE', retryMs: body.int(4) }),
  0x89: readResults,
  0x8a: (body) => ({ is: 'TOTAL', winners: body.u64(), pending: body.int(4) }),
  0x8b: (body) => ({ is: 'PONG', echo: body.take(8).toString('hex') }),
};

/**
 * The message that `bytes` begin with, and how many of them it takes; nothing while it is not whole.
 *
 * @throws Malformed
 */
export function nextMessage(bytes: Buffer): { message: Message; size: number } | undefined {
  if (bytes.length < 4) return undefined;
  const size = bytes.readUInt16BE(0);
  if (size < 4 || size > MAX_FRAME_BYTES) throw new Malformed(`a frame of ${String(size)} bytes`);
  if (bytes.length < size) return undefined;
  if (bytes[3] !== 0) throw new Malformed('flags');
  const read = readers[bytes[2] ?? 0];
  if (read === undefined) throw new Malformed(`type ${String(bytes[2])}`);
  const body = new Body(bytes.subarray(0, size));
  const message = read(body);
  if (body.left > 0) throw new Malformed('bytes left over');
  return { message, size };
}
