/** The frames of the native protocol, read without the code of `src/`. */

export const PREFACE_BYTE = 0xa5;
export const TYPE = {
  bet: 0x02,
  batch: 0x03,
  finished: 0x04,
  askWinners: 0x05,
  askTotal: 0x08,
  welcome: 0x81,
  ack: 0x82,
  reject: 0x83,
  winners: 0x84,
  error: 0x87,
  results: 0x89,
  total: 0x8a,
} as const;

export interface Frame {
  readonly type: number;
  readonly frame: Buffer;
}

/** Every write is one or more whole frames: u16 length, u8 type, u8 flags, body. */
export function framesOf(bytes: Uint8Array): Frame[] {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Frame[] = [];
  for (let at = 0; at < written.length;) {
    const frame = written.subarray(at, at + written.readUInt16BE(at));
    frames.push({ type: frame.readUInt8(2), frame });
    at += frame.length;
  }
  return frames;
}

/** The documents of a page of WINNERS. */
export function documentsOf(frame: Buffer): string[] {
  const count = frame.readUInt16BE(20);
  const documents: string[] = [];
  for (let at = 22; documents.length < count;) {
    const length = frame.readUInt8(at);
    documents.push(frame.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return documents;
}

/** The rows of RESULTS. */
export function rowsOf(frame: Buffer): string[] {
  const rows = frame.toString('utf8', 23).split(/(?<=\r\n)/);
  return rows[0] === '' ? [] : rows;
}
