import type { Transport, TransportHandlers } from '../../src/net/transport';
import { Violation } from './peer-model';

/** The connection of one peer, without a network. */
export class FuzzTransport implements Transport {
  readonly remoteAddress = '10.0.0.7';
  handlers: TransportHandlers | null = null;
  isPaused = false;
  isClosed = false;
  hasEnded = false;
  unsentBytes = 0;

  /** @param onWrite receives what the central sends; none: the peer does not read */
  constructor(private readonly onWrite: ((bytes: Buffer) => void) | null) {}

  attach(handlers: TransportHandlers): void {
    this.handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    if (this.hasEnded) throw new Violation('a write behind the end');
    if (this.isClosed) return;
    if (this.onWrite === null) this.unsentBytes += bytes.length;
    else this.onWrite(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.hasEnded = true;
  }

  destroyWhenSent(): void {
    this.destroy();
  }

  destroy(): void {
    this.isClosed = true;
  }
}
