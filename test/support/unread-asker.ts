/** A legacy agency that asks for winners and hardly reads what it is answered. */
import { connect, type Socket } from 'node:net';
import { opcodePacket } from './dialect-builder';

/**
 * @param opened receives the socket, to be destroyed in the end
 * @returns when the first bytes of the reply are there, of which no more than a buffer is taken
 */
export function askAndReadLittle(
  port: number,
  agency: number,
  opened: (socket: Socket) => void,
): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  opened(socket);
  socket.write(opcodePacket(6, [String(agency)]));
  return new Promise((resolve, reject) => {
    socket.once('readable', resolve);
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('closed without a reply'));
    });
  });
}
