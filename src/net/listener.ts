import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { LoteriaError, messageOf } from '../base/errors';
import { present } from '../base/invariant';

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly backlog: number;
}

/** A listening TCP socket. */
export class Listener {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /**
   * @param onSocket called for each accepted connection
   * @throws LoteriaError LISTEN_FAILED
   */
  static open(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
    // Half-open: a peer may end its side and still wait for its last replies.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        const where = `${options.host}:${String(options.port)}`;
        reject(new LoteriaError('LISTEN_FAILED', `cannot listen on ${where}: ${messageOf(error)}`));
      });
      server.listen(options, () => {
        const address = present(server.address(), 'a listening server has an address');
        resolve(new Listener(server, (address as AddressInfo).port));
      });
    });
  }

  /** Takes no new connections; those that exist go on. */
  close(): void {
    this.server.close();
  }
}
