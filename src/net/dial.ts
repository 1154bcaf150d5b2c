import { connect } from 'node:net';
import { addAbortSignal } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { SocketTransport } from './socket-transport';
import { readableTlsError, type TlsCredentials } from './tls-files';
import type { Transport } from './transport';

export interface TlsDialOptions extends TlsCredentials {
  /** Expected name in the server's certificate; null: the host. */
  readonly serverName: string | null;
}

export interface DialOptions {
  /** Destroys the socket, connected or connecting. */
  readonly stop?: AbortSignal;
  /** Undefined or null: plain TCP. */
  readonly tls?: TlsDialOptions | null;
}

/**
 * Opens a TCP connection, with TLS 1.3 if configured.
 *
 * @param timeoutMs deadline of the attempt
 * @throws the system's error (ECONNREFUSED, ENOTFOUND, ETIMEDOUT, ...), a TLS error, or AbortError
 *   when stopped
 */
export function dial(
  host: string,
  port: number,
  timeoutMs: number,
  { stop, tls = null }: DialOptions = {},
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket =
      tls === null
        ? connect({ host, port, noDelay: true })
        : process
            .getBuiltinModule('node:tls')
            .connect({ host, port, minVersion: 'TLSv1.3', ...tlsOptions(tls) });
    if (stop !== undefined) addAbortSignal(stop, socket);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      const isPlain = tls === null || stop?.aborted === true;
      reject(isPlain ? error : readableTlsError(error));
    };
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(timeoutMs)} ms`));
      socket.destroy();
    }, timeoutMs);
    socket.once('error', fail);
    socket.once(tls === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(new SocketTransport(socket));
    });
  });
}

function tlsOptions({ cert, key, ca, serverName }: TlsDialOptions): ConnectionOptions {
  return { cert, key, ca, ...(serverName === null ? {} : { servername: serverName }) };
}
