/** A TCP proxy in user space, whose network can be cut. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `reset`: connections end, and new ones too; `mute`: nothing passes, and all of it does later. */
export type Cut = 'reset' | 'mute';

/** Reads along on one connection, between who has connected and the target. */
export interface ProxyTap {
  readonly fromClient: (chunk: Buffer) => void;
  readonly fromTarget: (chunk: Buffer) => void;
  readonly end: () => void;
}

export interface ProxyOptions {
  /** Where connections go; null: they are reset. */
  readonly target: () => number | null;
  readonly tap?: () => ProxyTap;
}

export class TcpProxy {
  private state: Cut | null = null;
  private readonly sockets = new Set<Socket>();
  /** What is done when a mute network passes again. */
  private held: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: ProxyOptions,
  ) {
    server.on('connection', (client: Socket) => {
      this.track(client);
      client.pause();
      this.whenPassing(() => {
        this.dial(client);
      });
    });
  }

  /** @returns one that listens on a free port of loopback */
  static open(options: ProxyOptions): Promise<TcpProxy> {
    const server = createServer();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve(new TcpProxy(server, options));
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(how: Cut): void {
    this.state = how;
    for (const socket of this.sockets) {
      if (how === 'reset') socket.destroy();
      else socket.pause();
    }
  }

  heal(): void {
    this.state = null;
    const { held } = this;
    this.held = [];
    for (const socket of this.sockets) socket.resume();
    for (const act of held) act();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private whenPassing(act: () => void): void {
    if (this.state === 'mute') this.held.push(act);
    else act();
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
    });
  }

  private dial(client: Socket): void {
    const port = this.options.target();
    if (client.destroyed || port === null || this.state === 'reset') {
      client.destroy();
      return;
    }
    const target = connect(port, '127.0.0.1');
    this.track(target);
    const tap = this.options.tap?.();
    client.on('data', (chunk) => {
      target.write(chunk);
      tap?.fromClient(chunk);
    });
    target.on('data', (chunk) => {
      client.write(chunk);
      tap?.fromTarget(chunk);
    });
    let isEnded = false;
    const part = (): void => {
      this.whenPassing(() => {
        if (!isEnded) tap?.end();
        isEnded = true;
        // Behind what is still to be written.
        client.destroySoon();
        target.destroySoon();
      });
    };
    client.on('close', part);
    target.on('close', part);
    if (this.state !== 'mute') client.resume();
  }
}
