/** One agency of the load: a socket, the batches that it replays, the answers that it counts. */
import { connect, type Socket } from 'node:net';
import type { Replay } from './replay';

const HEADER_BYTES = 4;
const REPLY = { welcome: 0x81, ack: 0x82, winners: 0x84, notYet: 0x85 } as const;

/** When batches are due, for a load at a fixed rate. */
export interface Pace {
  /** Batches of an agency that are due. */
  dueCountOf(link: AgencyLink): number;
  onAcked(link: AgencyLink, count: number): void;
}

export interface AgencyLinkOptions {
  readonly agency: number;
  readonly port: number;
  readonly window: number;
  readonly replay: Replay;
  /** Called when the central says what it should not, or goes. */
  readonly onFailure: (text: string) => void;
}

export class AgencyLink {
  readonly replay: Replay;
  replyBytes = 0;
  private socket: Socket | null = null;
  /** Bytes of a reply that is not complete yet. */
  private rest: Buffer = Buffer.alloc(0);
  private loop: Pace | null = null;
  private ackedUpTo = 0;
  private over = false;
  private done: () => void = () => undefined;

  constructor(private readonly options: AgencyLinkOptions) {
    this.replay = options.replay;
  }

  /** Connects, introduces the agency, and waits for its welcome. */
  connect(): Promise<void> {
    const { port, agency, onFailure } = this.options;
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket = socket;
    const hello = Buffer.from([0xa5, 0x4c, 0x4e, 1, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0]);
    hello.writeUInt32BE(agency, 8);
    socket.write(hello);
    socket.on('data', (chunk) => {
      this.onData(chunk);
    });
    socket.on('error', (error) => {
      onFailure(`agency ${String(agency)}: ${error.message}`);
    });
    socket.on('close', () => {
      if (!this.over) onFailure(`agency ${String(agency)}: the connection was closed`);
    });
    return new Promise((resolve) => {
      this.done = resolve;
    });
  }

  /** Sends all batches and waits for their acknowledgements. @param loop null: as fast as they come */
  sendAll(loop: Pace | null): Promise<void> {
    this.loop = loop;
    return new Promise((resolve) => {
      this.done = resolve;
      this.sendUpTo(loop === null ? Infinity : 0);
    });
  }

  /** Declares the agency finished, and waits for its first page of winners. */
  finish(): Promise<void> {
    // FINISHED, then ASK_WINNERS from 0, to be held until the draw.
    const frames = Buffer.alloc(12 + 13);
    frames.writeUInt32BE(0x000c0400, 0);
    frames.writeBigUInt64BE(BigInt(this.replay.betsTotal), 4);
    frames.writeUInt32BE(0x000d0500, 12);
    frames.writeUInt8(1, 24);
    this.over = true;
    this.socket?.write(frames);
    return new Promise((resolve) => {
      this.done = resolve;
    });
  }

  /**
   * Sends as much as the window takes, as one write.
   *
   * @param dueCount how many batches may have been sent afterwards
   */
  sendUpTo(dueCount: number): void {
    const { replay } = this;
    const room = this.options.window - (replay.sent - replay.acked);
    const frames = replay.take(Math.min(room, dueCount - replay.sent));
    if (frames !== undefined) this.socket?.write(frames);
  }

  private onData(chunk: Buffer): void {
    this.replyBytes += chunk.length;
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const length = bytes.readUInt16BE(at);
      if (at + length > bytes.length) break;
      this.onReply(bytes, at);
      at += length;
    }
    this.rest = bytes.subarray(at);
    this.afterAcks();
  }

  private onReply(bytes: Buffer, at: number): void {
    switch (bytes[at + 2]) {
      case REPLY.ack:
        this.ackedUpTo = bytes.readUInt32BE(at + 4) * 2 ** 32 + bytes.readUInt32BE(at + 8);
        return;
      case REPLY.welcome:
      case REPLY.winners:
        this.done();
        return;
      case REPLY.notYet:
        return;
      default: {
        const { agency, onFailure } = this.options;
        onFailure(`agency ${String(agency)} was told ${bytes.toString('hex', at, at + 24)}`);
      }
    }
  }

  private afterAcks(): void {
    const { replay, loop } = this;
    const count = replay.acknowledge(this.ackedUpTo);
    if (count === 0) return;
    loop?.onAcked(this, count);
    if (replay.isAcknowledged) this.done();
    else this.sendUpTo(loop?.dueCountOf(this) ?? Infinity);
  }
}
