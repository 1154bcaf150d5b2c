import type { Socket } from 'node:net';
import type { Transport, TransportHandlers } from './transport';

/** A transport over a Node socket (TCP, or TLS, which is one too). */
export class SocketTransport implements Transport {
  readonly remoteAddress: string;

  constructor(private readonly socket: Socket) {
    // An IPv4 peer of a dual-stack listener shows as ::ffff:a.b.c.d.
    this.remoteAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    socket.setNoDelay(true);
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  attach(handlers: TransportHandlers): void {
    let failure: Error | undefined;
    this.socket.on('data', (chunk: Buffer) => {
      handlers.onData(chunk);
    });
    this.socket.on('drain', () => {
      handlers.onDrain();
    });
    this.socket.on('end', () => {
      handlers.onEnd();
    });
    this.socket.on('error', (error) => {
      failure = error;
    });
    this.socket.on('close', () => {
      handlers.onClose(failure);
    });
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroyWhenSent(): void {
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
