import { connect } from 'node:net';
import { addAbortSignal } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { GatheringTransport } from './gathering-transport';
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
  /** Whether to send what is written together in one write; not where a peer expects a message in each read. */
  readonly gathers?: boolean;
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
  { stop, tls = null, gathers = false }: DialOptions = {},
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
      resolve(gathers ? new GatheringTransport(socket) : new SocketTransport(socket));
    });
  });
}

function tlsOptions({ cert, key, ca, serverName }: TlsDialOptions): ConnectionOptions {
  return { cert, key, ca, ...(serverName === null ? {} : { servername: serverName }) };
}
