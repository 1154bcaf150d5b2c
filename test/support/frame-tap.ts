/** Reads the frames of docs/PROTOCOL.md out of a byte stream, for tests that stand between or beside. */

export interface TappedFrame {
  readonly type: number;
  readonly body: Buffer;
}

/** Message types of docs/PROTOCOL.md, sections 4 and 5. */
export const TYPE = {
  introduce: 0x01,
  bet: 0x02,
  batch: 0x03,
  finished: 0x04,
  askWinners: 0x05,
  welcome: 0x81,
  ack: 0x82,
  winners: 0x84,
} as const;

const HEADER_BYTES = 4;

export class FrameTap {
  private rest: Buffer = Buffer.alloc(0);

  /** @param skipBytes what comes in front of the first frame: the preface */
  constructor(private skipBytes = 0) {}

  /** Bytes of a frame that is not whole yet. */
  get pending(): Buffer {
    return this.rest;
  }

  /** The frames that are whole with these bytes. */
  push(chunk: Buffer): TappedFrame[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const skipped = Math.min(this.skipBytes, this.rest.length);
    this.skipBytes -= skipped;
    let at = skipped;
    const frames: TappedFrame[] = [];
    while (this.rest.length - at >= HEADER_BYTES) {
      const end = at + this.rest.readUInt16BE(at);
      if (end < at + HEADER_BYTES) throw new Error('a frame shorter than its header');
      if (end > this.rest.length) break;
      frames.push({
        type: this.rest.readUInt8(at + 2),
        body: this.rest.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.rest = this.rest.subarray(at);
    return frames;
  }
}

/** The u64 at the start of a body, which every bound here keeps below 2^53. */
export function u64Of(body: Buffer, at = 0): number {
  return Number(body.readBigUInt64BE(at));
}

/** The documents of a WINNERS page. */
export function documentsOf(body: Buffer): string[] {
  const documents: string[] = [];
  let at = 18;
  for (let left = body.readUInt16BE(16); left > 0; left--) {
    const length = body.readUInt8(at);
    documents.push(body.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return documents;
}
