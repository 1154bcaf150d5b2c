/**
 * An agency written from docs/PROTOCOL.md as it was before version 1 was promised, and frozen then:
 * it shares no code with `src/` or with the other test clients. Centrals to come must serve it as it
 * is. Do not change it together with the protocol; that is what it is there to notice.
 */
import { connect, type Socket } from 'node:net';

export interface AgencyOptions {
  readonly port: number;
  readonly agency: number;
  readonly edition: 'lottery' | '2020';
  /** Rows as section 6 has them, CR LF included. */
  readonly rows: readonly string[];
  readonly betsPerBatch: number;
  /** Ends the connection without a word after this many answers to batches. */
  readonly breakAfter?: number;
}

export interface Outcome {
  /** Bets that WELCOME named. */
  readonly resumedAt: number;
  /** Bets that are known to be on the central's disk. */
  readonly acknowledged: number;
  /** Documents (lottery) or rows (2020) of winners. */
  readonly winners: readonly string[];
  /** 2020: winners of this agency, and of all. */
  readonly won: number;
  readonly total: number;
  /** Messages of the central in order, by number. */
  readonly heard: readonly number[];
}

/** What an agency cannot go on from: a code of section 8, or a central that breaks its promises. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const PREFACE = Buffer.from('a54c4e01', 'hex');
const PAUSE_MS = 20;

/** CRC-32 of section 6. */
function crc32(bytes: Buffer, before: number): number {
  let crc = before ^ 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function frame(type: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  const header = Buffer.alloc(4);
  header.writeUInt16BE(4 + body.length, 0);
  header.writeUInt8(type, 2);
  return Buffer.concat([header, body]);
}

function big(bytes: 1 | 2 | 4 | 8, value: number): Buffer {
  const field = Buffer.alloc(bytes);
  if (bytes === 8) field.writeBigUInt64BE(BigInt(value));
  else field.writeUIntBE(value, 0, bytes);
  return field;
}

const longAt = (body: Buffer, at: number): number => Number(body.readBigUInt64BE(at));

/** Runs one connection to its end. @throws Refused, or what the socket says */
export function runAgency(options: AgencyOptions): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1');
    const conversation = new Conversation(options, socket, resolve);
    let received = Buffer.alloc(0);
    socket.on('connect', () => {
      conversation.begin();
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        while (received.length >= 4 && received.length >= received.readUInt16BE(0)) {
          const length = received.readUInt16BE(0);
          if (length < 4 || length > 8192) throw new Refused(3, 'a bad length');
          if (received[3] !== 0) throw new Refused(5, 'flags');
          conversation.hear(received.readUInt8(2), received.subarray(4, length));
          received = received.subarray(length);
        }
      } catch (error) {
        socket.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error('the connection ended'));
    });
  });
}

class Conversation {
  private readonly ends: { readonly bets: number; readonly checksum: number }[] = [];
  private readonly heard: number[] = [];
  private readonly winners: string[] = [];
  private window = 0;
  private answers = 0;
  private resumedAt = 0;
  private sent = 0;
  private acknowledged = 0;
  private won = 0;
  /** What the next ACK is for. */
  private phase: 'loading' | 'finishing' | 'asking' = 'loading';

  constructor(
    private readonly options: AgencyOptions,
    private readonly socket: Socket,
    private readonly done: (outcome: Outcome) => void,
  ) {}

  begin(): void {
    const { agency, edition } = this.options;
    const who = [big(4, agency), big(2, 0)];
    const introduction = edition === '2020' ? frame(7, big(2, 2020), ...who) : frame(1, ...who);
    this.socket.write(Buffer.concat([PREFACE, introduction]));
  }

  hear(type: number, body: Buffer): void {
    this.heard.push(type);
    switch (type) {
      case 0x81:
        this.resume(longAt(body, 0), body.readUInt32BE(8), body.readUInt16BE(12));
        return;
      case 0x82:
        this.acknowledge(longAt(body, 0));
        return;
      case 0x83:
        throw new Refused(body.readUInt16BE(18), `bet ${String(body.readUInt16BE(16))}`);
      case 0x84:
        this.page(body);
        return;
      case 0x85:
        return;
      case 0x87:
        throw new Refused(body.readUInt16BE(0), body.toString('utf8', 2));
      case 0x89:
        this.results(body);
        return;
      case 0x8a:
        this.total(longAt(body, 0), body.readUInt32BE(8));
        return;
      default:
        throw new Refused(type, 'BUSY, GOODBYE, or a message that nobody asked for');
    }
  }

  /** Section 5.1: skips what is stored, if it is the same. */
  private resume(stored: number, checksum: number, window: number): void {
    const skipped = this.options.rows.slice(0, stored).join('');
    if (crc32(Buffer.from(skipped), 0) !== checksum) throw new Refused(0, 'another file');
    this.resumedAt = stored;
    this.sent = stored;
    this.acknowledged = stored;
    this.window = window;
    this.ends.push({ bets: stored, checksum });
    if (this.options.edition === 'lottery') this.send();
  }

  /** Batches as far as the window allows, then FINISHED. */
  private send(): void {
    const { rows, betsPerBatch } = this.options;
    while (this.sent < rows.length && this.ends.length - 1 < this.window) {
      const some = rows.slice(this.sent, this.sent + betsPerBatch);
      const bytes = Buffer.from(some.join(''));
      const checksum = crc32(bytes, this.ends.at(-1)?.checksum ?? 0);
      const head = [big(8, this.sent), big(4, checksum)];
      const isBet = some.length === 1;
      this.socket.write(
        isBet ? frame(2, ...head, bytes) : frame(3, ...head, big(2, some.length), bytes),
      );
      this.sent += some.length;
      this.ends.push({ bets: this.sent, checksum });
    }
    if (this.sent < rows.length || this.acknowledged < rows.length) return;
    if (this.phase !== 'loading') return;
    this.phase = 'finishing';
    this.socket.write(frame(4, big(8, rows.length)));
    if (this.options.edition === 'lottery') this.ask(0);
  }

  /** One ACK may cover several batches: those that end at its offset or before. */
  private acknowledge(upTo: number): void {
    if (this.phase === 'finishing') {
      if (upTo !== this.options.rows.length) throw new Refused(0, 'another total');
      this.phase = 'asking';
      if (this.options.edition === '2020') this.socket.write(frame(8));
      return;
    }
    this.acknowledged = Math.max(this.acknowledged, upTo);
    while (this.ends.length > 1 && (this.ends[1]?.bets ?? 0) <= upTo) this.ends.shift();
    this.settle();
  }

  private settle(): void {
    if (++this.answers === this.options.breakAfter) {
      this.finish(0);
      this.socket.destroy();
    } else this.send();
  }

  private ask(first: number): void {
    this.socket.write(frame(5, big(8, first), big(1, 1)));
  }

  private page(body: Buffer): void {
    let at = 18;
    for (let i = 0; i < body.readUInt16BE(16); i++) {
      const length = body.readUInt8(at);
      this.winners.push(body.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    if (longAt(body, 8) + body.readUInt16BE(16) < longAt(body, 0)) this.ask(this.winners.length);
    else this.finish(longAt(body, 0));
  }

  /** Section 5.9: the one behind WELCOME answers nothing; the last frame settles a batch. */
  private results(body: Buffer): void {
    this.won = longAt(body, 8);
    const text = body.toString('utf8', 19);
    this.winners.push(...text.split('\r\n').slice(0, -1));
    if (this.heard.filter((type) => type === 0x89).length === 1) this.send();
    else if (body[16] === 1) {
      this.acknowledged = longAt(body, 0);
      this.ends.shift();
      this.settle();
    }
  }

  private total(winners: number, loading: number): void {
    if (loading === 0) this.finish(winners);
    else setTimeout(() => this.socket.write(frame(8)), PAUSE_MS);
  }

  private finish(total: number): void {
    const { resumedAt, acknowledged, winners, won, heard } = this;
    this.done({ resumedAt, acknowledged, winners, won, total, heard });
    this.socket.end(frame(6));
  }
}
