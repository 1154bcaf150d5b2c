/** A peer that sends whatever bytes a test wants, and keeps what it is sent. */
import { connect, type Socket } from 'node:net';
import * as wire from './wire-builder';

const WAIT_MS = 15_000;

export class RawPeer {
  received: Buffer = Buffer.alloc(0);
  /** How the connection ended, once it has. */
  end: 'open' | 'closed' | 'reset' = 'open';
  private readonly watchers = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.notify();
    });
    socket.on('error', () => {
      this.end = 'reset';
    });
    socket.on('close', () => {
      if (this.end === 'open') this.end = 'closed';
      this.notify();
    });
  }

  /** @param localAddress 127.x.y.z, to be another peer than those of 127.0.0.1 */
  static connect(port: number, localAddress = '127.0.0.1'): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    const peer = new RawPeer(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => {
        resolve(peer);
      });
      socket.once('error', reject);
    });
  }

  /** A peer that has sent INTRODUCE and received WELCOME. */
  static async introduced(port: number, agency: number): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.send(wire.preface(), wire.introduce(agency));
    await peer.waitForFrames(1);
    return peer;
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(wire.join(...parts));
  }

  /** The whole frames that came. */
  get frames(): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at + 2 <= this.received.length) {
      const length = this.received.readUInt16BE(at);
      if (length < 4 || at + length > this.received.length) break;
      frames.push(this.received.subarray(at, at + length));
      at += length;
    }
    return frames;
  }

  /** Short names of what came: `81`, `ERROR 6`, `REJECT 121`. */
  get replies(): string[] {
    return this.frames.map((frame) => {
      const type = frame[2] ?? 0;
      if (type === 0x87) return `ERROR ${String(frame.readUInt16BE(4))}`;
      if (type === 0x83) return `REJECT ${String(frame.readUInt16BE(22))}`;
      return NAMES[type] ?? type.toString(16);
    });
  }

  async waitForFrames(count: number): Promise<Buffer[]> {
    await this.waitUntil(() => this.frames.length >= count || this.end !== 'open');
    return this.frames;
  }

  /** Waits for so many bytes, or the end. @returns whether they came */
  async waitForBytes(count: number): Promise<boolean> {
    await this.waitUntil(() => this.received.length >= count || this.end !== 'open');
    return this.received.length >= count;
  }

  async waitForEnd(): Promise<void> {
    await this.waitUntil(() => this.end !== 'open');
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  private async waitUntil(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`waited in vain: ${this.replies.join()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, 50);
        const { watchers } = this;
        watchers.add(wake);
        function wake(): void {
          clearTimeout(timer);
          watchers.delete(wake);
          resolve();
        }
      });
    }
  }

  private notify(): void {
    for (const wake of [...this.watchers]) wake();
  }
}

const NAMES: Readonly<Record<number, string>> = {
  0x81: 'WELCOME',
  0x82: 'ACK',
  0x84: 'WINNERS',
  0x85: 'NOT_YET',
  0x86: 'BUSY',
  0x88: 'GOODBYE',
  0x89: 'RESULTS',
  0x8a: 'TOTAL',
  0x8b: 'PONG',
};
