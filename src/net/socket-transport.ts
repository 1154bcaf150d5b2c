import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TcpEnds } from './tcp-table';
import { readableTlsError } from './tls-files';
import type { Transport, TransportHandlers } from './transport';

/** A transport over a Node socket (TCP, or TLS, which is one too). */
export class SocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly certifiedName: string | undefined;
  private failure: Error | undefined;

  constructor(protected readonly socket: Socket) {
    this.remoteAddress = remoteAddressOf(socket);
    this.certifiedName = certifiedNameOf(socket);
    socket.setNoDelay(true);
    // A TLS connection can fail right after its handshake, before a receiver is attached.
    socket.on('error', (error) => {
      this.failure = isTls(socket) ? readableTlsError(error) : error;
    });
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  get ends(): TcpEnds | undefined {
    const { localPort, remotePort } = this.socket;
    if (localPort === undefined || remotePort === undefined) return undefined;
    return { localPort, remotePort, remoteAddress: this.remoteAddress };
  }

  attach(handlers: TransportHandlers): void {
    this.socket.on('data', (chunk: Buffer) => {
      handlers.onData(chunk);
    });
    this.socket.on('drain', () => {
      handlers.onDrain();
    });
    this.socket.on('end', () => {
      handlers.onEnd();
    });
    const onClose = (): void => {
      handlers.onClose(this.failure);
    };
    if (this.socket.closed) process.nextTick(onClose);
    else this.socket.on('close', onClose);
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

/** An IPv4 peer of a dual-stack listener shows as ::ffff:a.b.c.d. */
export function remoteAddressOf(socket: { readonly remoteAddress?: string | undefined }): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** Whether a socket is one of TLS, without loading `node:tls` to ask. */
function isTls(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket;
}

function certifiedNameOf(socket: Socket): string | undefined {
  if (!isTls(socket) || !socket.authorized) return undefined;
  // The type claims that it is always there; without a certificate there is no subject, and a subject
  // may have no name, or several.
  const subject = socket.getPeerCertificate().subject as { CN?: unknown } | undefined;
  return typeof subject?.CN === 'string' ? subject.CN : undefined;
}
