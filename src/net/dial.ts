import { connect } from 'node:net';
import { SocketTransport } from './socket-transport';
import type { Transport } from './transport';

/**
 * Opens a TCP connection.
 *
 * @param timeoutMs after which the attempt has failed
 * @param stop destroys the socket, whether it is connected or still on its way
 * @throws what the system says: ECONNREFUSED, ENOTFOUND, ETIMEDOUT, ...; AbortError when stopped
 */
export function dial(
  host: string,
  port: number,
  timeoutMs: number,
  stop?: AbortSignal,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, ...(stop && { signal: stop }) });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(new SocketTransport(socket));
    });
  });
}
