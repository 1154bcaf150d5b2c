import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { addressText } from '../base/address-list';
import { LoteriaError, messageOf, systemErrorCode } from '../base/errors';
import { present } from '../base/invariant';
import { LIMITS } from '../base/limits';
import { TlsAcceptor, type TlsAcceptorOptions } from './tls-acceptor';

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly backlog: number;
  /** Undefined or null: plain TCP. */
  readonly tls?: TlsAcceptorOptions | null;
  /** Number of connections above which new ones are dropped; undefined: no limit. */
  readonly connectionsMax?: number;
}

const SOCKET_OPTIONS = {
  // A peer may end its side and still wait for its last replies.
  allowHalfOpen: true,
  noDelay: true,
  // A legacy agency waits silently for the draw, perhaps for hours.
  keepAlive: true,
  keepAliveInitialDelay: LIMITS.keepAliveMs,
} as const;

/** A listening TCP socket. */
export class Listener {
  private constructor(
    private readonly server: Server,
    private readonly acceptor: TlsAcceptor | null,
    /** The address that it is bound to. */
    readonly address: string,
    readonly port: number,
  ) {}

  /**
   * @param onSocket called for each accepted connection; with TLS, after its handshake
   * @param onError called when one connection could not be accepted
   * @throws LoteriaError LISTEN_FAILED
   */
  static open(
    options: ListenOptions,
    onSocket: (socket: Socket) => void,
    onError: (error: Error) => void = () => undefined,
  ): Promise<Listener> {
    const { host, port, backlog, connectionsMax, tls = null } = options;
    const acceptor = tls === null ? null : new TlsAcceptor(tls, onSocket);
    const server = createServer(SOCKET_OPTIONS, (socket) => {
      if (acceptor === null) onSocket(socket);
      else acceptor.accept(socket);
    });
    if (connectionsMax !== undefined) server.maxConnections = connectionsMax;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(listenError('cannot listen', host, port, error));
      };
      server.once('error', fail);
      server.listen({ host, port, backlog }, () => {
        server.off('error', fail);
        // Without this handler, a connection that cannot be accepted would end the process.
        server.on('error', onError);
        const bound = present(server.address(), 'a listening server has an address') as AddressInfo;
        resolve(new Listener(server, acceptor, bound.address, bound.port));
      });
    });
  }

  /** Stops accepting; existing connections stay open. */
  close(): void {
    this.server.close();
    this.acceptor?.close();
  }
}

/**
 * The error of a port that cannot be opened: why, and what to do.
 *
 * @param what cannot be done: `cannot listen`
 */
export function listenError(
  what: string,
  host: string,
  port: number,
  error: unknown,
): LoteriaError {
  const where = addressText({ host, port });
  const advice = LISTEN_ADVICE[systemErrorCode(error) ?? ''] ?? '';
  return new LoteriaError('LISTEN_FAILED', `${what} on ${where}: ${messageOf(error)}${advice}`, {
    cause: error,
  });
}

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EACCES: '; ports below 1024 need more rights: choose a higher one',
  EADDRINUSE: '; stop the program that has this port, or choose another port',
  EADDRNOTAVAIL: '; choose an address of this machine, or 0.0.0.0 for all of them',
  ENOTFOUND: '; choose an address of this machine, or 0.0.0.0 for all of them',
};
