/**
 * A central that says what a test makes it say, whether it is true or not: frames of
 * `wire-builder.ts` over a plain socket of this machine. It shares no code with `src/`.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrameTap, type TappedFrame } from './frame-tap';

const PREFACE_BYTES = 4;

/** One connection of an agency. */
export class ScriptedPeer {
  /** Messages of the agency, in order. */
  readonly frames: TappedFrame[] = [];
  private readonly tap = new FrameTap(PREFACE_BYTES);

  constructor(
    readonly socket: Socket,
    /** Which connection it is, from 0. */
    readonly number: number,
    /** Called with each message. */
    private readonly onFrame: (peer: ScriptedPeer, frame: TappedFrame) => void,
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of this.tap.push(chunk)) {
        this.frames.push(frame);
        this.onFrame(this, frame);
      }
    });
  }

  say(...frames: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  /** Sends what is left, and closes. */
  leave(...frames: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.end(Buffer.concat(frames));
  }

  /** Says the same until the agency has had enough, as fast as it reads. */
  flood(chunk: Buffer): void {
    const more = (): void => {
      while (!this.socket.destroyed && this.socket.write(chunk)) {
        // Until the socket is full.
      }
    };
    this.socket.on('drain', more);
    more();
  }
}

export class ScriptedCentral {
  readonly peers: ScriptedPeer[] = [];
  private readonly server: Server;

  /** @param onFrame says what is answered to each message of an agency */
  constructor(onFrame: (peer: ScriptedPeer, frame: TappedFrame) => void) {
    this.server = createServer((socket) => {
      this.peers.push(new ScriptedPeer(socket, this.peers.length, onFrame));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
