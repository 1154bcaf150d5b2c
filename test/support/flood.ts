/** Floods of messages and of connections, from a peer of the tests' own. */
import { connect, type Socket } from 'node:net';
import type { RawPeer } from './raw-peer';
import { join } from './wire-builder';

/** Messages that an agency may have unanswered. */
const WINDOW = 8;

/** Sends the same message again and again, `WINDOW` at a time, each time when all were answered. */
export async function flood(peer: RawPeer, message: Uint8Array, times: number): Promise<void> {
  const round = join(...Array<Uint8Array>(WINDOW).fill(message));
  for (let sent = 0; sent < times; sent += WINDOW) {
    peer.received = Buffer.alloc(0);
    peer.send(round);
    await peer.waitForFrames(WINDOW);
    if (peer.end !== 'open') throw new Error('the central ended the flood');
  }
}

/** Connections that are kept up until `stop`; each one that ends is opened again. */
export class SilentFlood {
  private readonly sockets = new Set<Socket>();
  private stopped = false;
  opened = 0;

  /** @param hello what each of them says, once */
  constructor(
    private readonly port: number,
    count: number,
    private readonly hello: Uint8Array = new Uint8Array(),
    private readonly lifeMs = Number.POSITIVE_INFINITY,
  ) {
    for (let i = 0; i < count; i++) this.open();
  }

  stop(): void {
    this.stopped = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private open(): void {
    if (this.stopped) return;
    const localAddress = `127.0.2.${String((this.opened++ % 250) + 1)}`;
    const socket = connect({ host: '127.0.0.1', port: this.port, localAddress });
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      if (this.hello.length > 0) socket.write(this.hello);
      if (Number.isFinite(this.lifeMs)) setTimeout(() => socket.destroy(), this.lifeMs);
    });
    socket.resume();
    socket.once('close', () => {
      this.sockets.delete(socket);
      setTimeout(() => {
        this.open();
      }, 10);
    });
  }
}
