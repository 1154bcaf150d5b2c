/** One connection of the second client: bytes in and out, message by message, at the pace it is given. */
import { connect, type Socket } from 'node:net';
import { nextMessage, PREFACE, type Message } from './v2-wire';

/** The connection ended, or gave nothing for too long: reconnect and resume. */
export class Lost extends Error {}

/** How a test makes a connection worse than it need be. */
export interface Handicap {
  /** Reads at most so many bytes a second. */
  readonly bytesPerSecond?: number;
  /** Sees each frame before it is sent, and may change it. */
  readonly alter?: (frame: Buffer) => Buffer;
  /** Sends its bytes in pieces of so many. */
  readonly pieceBytes?: number;
}

export class Connection {
  /** What came, for a test to look at. */
  readonly log: Message[] = [];
  /** The stream ended in good order, as opposed to a reset. */
  ended = false;
  private bytes = Buffer.alloc(0);
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    readonly socket: Socket,
    private readonly handicap: Handicap,
  ) {
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.failure ??= error;
      this.wake();
    });
    socket.on('close', () => {
      this.wake();
    });
    void this.pump();
  }

  static open(port: number, handicap: Handicap = {}): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
      const refused = (error: Error): void => {
        reject(new Lost(error.message));
      };
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.off('error', refused);
        const connection = new Connection(socket, handicap);
        connection.write(PREFACE);
        resolve(connection);
      });
    });
  }

  send(...frames: readonly Buffer[]): void {
    this.write(Buffer.concat(frames.map((frame) => this.handicap.alter?.(frame) ?? frame)));
  }

  /**
   * The next message.
   *
   * @throws Lost when the stream is over, or nothing came for `silenceMs`; Malformed
   */
  async next(silenceMs = 30_000): Promise<Message> {
    const message = await this.nextOrEnd(silenceMs);
    if (message === undefined) throw new Lost(this.failure?.message ?? 'the stream ended');
    return message;
  }

  /** As `next`, but nothing once the stream has ended in good order. */
  async nextOrEnd(silenceMs = 30_000): Promise<Message | undefined> {
    for (;;) {
      const next = nextMessage(this.bytes);
      if (next !== undefined) {
        this.bytes = this.bytes.subarray(next.size);
        this.log.push(next.message);
        return next.message;
      }
      if (this.failure !== undefined) throw new Lost(this.failure.message);
      if (this.ended) return undefined;
      if (!(await this.somethingCame(silenceMs))) throw new Lost('silence');
    }
  }

  /** Everything that still comes until the end of the stream. */
  async rest(silenceMs?: number): Promise<Message[]> {
    const messages: Message[] = [];
    for (;;) {
      const message = await this.nextOrEnd(silenceMs);
      if (message === undefined) return messages;
      messages.push(message);
    }
  }

  /** Closes the sending side only. */
  half(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  private write(bytes: Buffer): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const { pieceBytes = bytes.length } = this.handicap;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.socket.write(bytes.subarray(at, at + pieceBytes));
    }
  }

  /** Resolves with whether a byte, or the end, came in time. */
  private somethingCame(silenceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, silenceMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private async pump(): Promise<void> {
    const { bytesPerSecond } = this.handicap;
    try {
      for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
        const bytes = chunk as Buffer;
        if (bytesPerSecond === undefined) this.take(bytes);
        else await this.takeSlowly(bytes, bytesPerSecond);
      }
      this.ended = true;
    } catch (error) {
      this.failure ??= error as Error;
    }
    this.wake();
  }

  /** A tenth of a second's bytes at a time. */
  private async takeSlowly(bytes: Buffer, bytesPerSecond: number): Promise<void> {
    const step = Math.max(1, Math.floor(bytesPerSecond / 10));
    for (let at = 0; at < bytes.length; at += step) {
      this.take(bytes.subarray(at, at + step));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private take(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    this.wake();
  }
}
