/**
 * One simulated TCP connection: two streams of bytes with delays, cut anywhere, which may stall,
 * break, or end without anybody being notified.
 */
import { Connection } from '../../src/net/connection/connection';
import { LIMITS } from '../../src/base/limits';
import type { Transport, TransportHandlers } from '../../src/net/transport';
import { systemError } from '../support/memory-faults';
import type { SimProcess } from './sim-process';
import type { World } from './world';

/** Shorter than the silence after which an agency takes the central for dead. */
const SILENCE_MS = 25_000;
const RETRANSMIT_MS = 1_000;
const NOTHING = Buffer.alloc(0);

/** How a connection behaves. */
export interface LinkStyle {
  /** Longest time that a chunk takes. */
  readonly delayMsMax: number;
  /** Bytes that arrive at once, at most. */
  readonly chunkBytesMax: number;
  /** What the system takes from a sender before the receiver has it. */
  readonly kernelBytes: number;
}

/** One direction. */
class Pipe {
  data: Buffer = NOTHING;
  /** The sender's end of the stream follows the data. */
  fin = false;
  finDelivered = false;
  scheduled = false;
  /** Nothing arrives before. */
  heldUntilMs = 0;
}

/** One side of a link. */
export class SimEnd implements Transport {
  readonly out = new Pipe();
  peer: SimEnd;
  closed = false;
  /** Its machine stopped. */
  vanished = false;
  endSent = false;
  endReceived = false;
  paused = false;
  /** When something last came. */
  private lastReplyMs: number;
  /** Notified of what this side writes. */
  onWrite: (bytes: Uint8Array) => void = () => undefined;
  private handlers: TransportHandlers | null = null;
  private closeError: Error | undefined;
  private closeTold = false;
  private dropWhenSent = false;
  private wantsDrain = false;

  constructor(
    readonly link: SimLink,
    readonly process: SimProcess,
    readonly remoteAddress: string,
    /** Whether this side stays open when the other one has ended. */
    private readonly allowsHalfOpen: boolean,
  ) {
    this.peer = this;
    this.lastReplyMs = process.world.nowMs;
  }

  get unsentBytes(): number {
    return Math.max(0, this.out.data.length - this.link.style.kernelBytes);
  }

  attach(handlers: TransportHandlers): void {
    this.handlers = handlers;
    if (this.closed) this.tellClosed();
    else this.link.schedule(this.peer.out, this);
  }

  write(bytes: Uint8Array): void {
    if (!this.process.isAlive() || this.closed) return;
    const { world } = this.process;
    if (this.endSent) world.fail('transport', `${this.process.name} wrote behind its end`);
    if (this.unsentBytes > LIMITS.outputBytesPerConnectionMax) {
      world.fail('bounded queues', `${String(this.unsentBytes)} bytes of output wait already`);
    }
    this.onWrite(bytes);
    if (!this.process.isAlive()) return;
    const { out } = this;
    out.data = out.data.length === 0 ? Buffer.from(bytes) : Buffer.concat([out.data, bytes]);
    this.wantsDrain = this.unsentBytes > 0;
    this.link.schedule(out, this.peer);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.link.schedule(this.peer.out, this);
  }

  end(): void {
    if (this.closed || this.endSent || !this.process.isAlive()) return;
    this.endSent = true;
    this.out.fin = true;
    this.link.schedule(this.out, this.peer);
    this.closeIfOver();
  }

  destroyWhenSent(): void {
    if (this.closed || !this.process.isAlive()) return;
    this.end();
    this.dropWhenSent = true;
    this.afterSent();
  }

  destroy(): void {
    if (this.closed || !this.process.isAlive()) return;
    this.refuseNeglect();
    this.letGo();
    this.tellClosed();
  }

  /** An agency drops a connection because of silence: was there a reason for that? */
  private refuseNeglect(): void {
    const { link, process, lastReplyMs, peer } = this;
    const { world } = process;
    const isStrange =
      this !== link.agency || link.cut || link.wasHeld || peer.closed || link.isLegacy;
    // Where bytes still trickle in, it is the link that is slow.
    const quietMs = world.nowMs - Math.max(lastReplyMs, peer.lastReplyMs);
    if (isStrange || this.endReceived || quietMs < SILENCE_MS) return;
    world.fail(
      'nobody is neglected',
      `${process.name} received nothing on link ${String(link.id)}`,
    );
  }

  /** As the system does for a process that is gone, or closes its socket. */
  letGo(): void {
    if (this.closed) return;
    this.closed = true;
    const { out, peer, link, process } = this;
    const { random } = process.world;
    out.data = out.data.subarray(0, link.style.kernelBytes);
    const unread = peer.out.data.length > 0;
    peer.out.data = NOTHING;
    if (unread && random.chance(0.7)) {
      if (random.chance(0.5)) out.data = NOTHING;
      link.resetLater(peer);
    } else {
      out.fin = true;
      link.schedule(out, peer);
    }
  }

  /** The machine of this side stops: nobody is notified. */
  vanish(): void {
    this.closed = true;
    this.vanished = true;
    this.out.data = NOTHING;
    this.peer.out.data = NOTHING;
  }

  /** The other side, or the network, says that the connection is no more. */
  reset(): void {
    if (this.closed || !this.process.isAlive()) return;
    this.closed = true;
    this.out.data = NOTHING;
    this.peer.out.data = NOTHING;
    this.closeError = systemError('ECONNRESET', 'read');
    this.tellClosed();
  }

  /** Whether bytes can be handed to whoever owns this side. */
  get takes(): boolean {
    return this.handlers !== null && !this.paused && !this.closed;
  }

  receive(chunk: Buffer): void {
    const { handlers, link } = this;
    this.lastReplyMs = this.process.world.nowMs;
    this.process.run(() => {
      handlers?.onData(chunk);
    });
    if (!(handlers instanceof Connection)) return;
    const limit = link.inputBytesMax + chunk.length;
    if (handlers.input.length >= limit) {
      const found = `${String(handlers.input.length)} bytes of input`;
      this.process.world.fail('bounded queues', `${found}, ${String(limit)} is the bound`);
    }
  }

  receiveEnd(): void {
    this.endReceived = true;
    this.process.run(() => {
      this.handlers?.onEnd();
    });
    if (!this.allowsHalfOpen) this.end();
    this.closeIfOver();
  }

  /** Some of what this side wrote has left. */
  afterSent(): void {
    if (this.closed || this.unsentBytes > 0) return;
    if (this.wantsDrain) {
      this.wantsDrain = false;
      this.process.run(() => {
        this.handlers?.onDrain();
      });
    }
    if (this.dropWhenSent) this.destroy();
    else this.closeIfOver();
  }

  private closeIfOver(): void {
    if (this.closed || !this.endSent || !this.endReceived || this.unsentBytes > 0) return;
    this.closed = true;
    this.tellClosed();
  }

  private tellClosed(): void {
    if (this.handlers === null || this.closeTold) return;
    this.closeTold = true;
    this.process.after(0, () => {
      this.handlers?.onClose(this.closeError);
    });
  }
}

export interface LinkOptions {
  readonly central: SimProcess;
  readonly agency: SimProcess;
  readonly address: string;
  readonly style: LinkStyle;
  readonly inputBytesMax: number;
  readonly isLegacy: boolean;
  readonly hostIsUp: () => boolean;
}

export class SimLink {
  readonly central: SimEnd;
  readonly agency: SimEnd;
  /** Nothing gets through any more, and nobody is notified. */
  cut = false;
  /** Whether it stalled for a while. */
  wasHeld = false;

  readonly style: LinkStyle;
  /** After which the central should have asked for a pause. */
  readonly inputBytesMax: number;
  /** Whether an earlier dialect is spoken, in which nobody says anything until the draw. */
  readonly isLegacy: boolean;
  private readonly hostIsUp: () => boolean;

  constructor(
    private readonly world: World,
    readonly id: number,
    { central, agency, address, style, inputBytesMax, isLegacy, hostIsUp }: LinkOptions,
  ) {
    this.style = style;
    this.inputBytesMax = inputBytesMax;
    this.isLegacy = isLegacy;
    this.hostIsUp = hostIsUp;
    this.central = new SimEnd(this, central, address, true);
    this.agency = new SimEnd(this, agency, 'central', false);
    this.central.peer = this.agency;
    this.agency.peer = this.central;
  }

  get isOver(): boolean {
    return this.central.closed && this.agency.closed;
  }

  hold(ms: number): void {
    this.wasHeld = true;
    const untilMs = this.world.nowMs + ms;
    this.central.out.heldUntilMs = untilMs;
    this.agency.out.heldUntilMs = untilMs;
  }

  /** Sees to it that the next chunk of `pipe` arrives at `to`. */
  schedule(pipe: Pipe, to: SimEnd): void {
    const isEmpty = pipe.data.length === 0 && (!pipe.fin || pipe.finDelivered);
    if (pipe.scheduled || this.cut || isEmpty) return;
    if (!to.takes && !to.closed) return;
    pipe.scheduled = true;
    const { random, nowMs } = this.world;
    const heldMs = Math.max(0, pipe.heldUntilMs - nowMs);
    this.world.schedule(heldMs + random.int(0, this.style.delayMsMax), () => {
      pipe.scheduled = false;
      this.deliver(pipe, to);
      this.schedule(pipe, to);
    });
  }

  resetLater(end: SimEnd): void {
    if (this.cut) return;
    this.world.schedule(this.world.random.int(0, this.style.delayMsMax), () => {
      if (!this.cut) end.reset();
    });
  }

  private deliver(pipe: Pipe, to: SimEnd): void {
    if (this.cut) return;
    if (to.closed && to.vanished && !this.hostIsUp()) {
      // The system sends it again and again until somebody answers.
      pipe.heldUntilMs = this.world.nowMs + RETRANSMIT_MS;
    } else if (to.closed) {
      const isData = pipe.data.length > 0;
      pipe.data = NOTHING;
      pipe.finDelivered = true;
      if (isData) this.resetLater(to.peer);
    } else if (!to.takes) return;
    else if (pipe.data.length > 0) this.deliverChunk(pipe, to);
    else if (pipe.fin && !pipe.finDelivered) {
      pipe.finDelivered = true;
      this.world.note('net', this.id, to.process.name, 'receives the end');
      to.receiveEnd();
    }
  }

  private deliverChunk(pipe: Pipe, to: SimEnd): void {
    const { random } = this.world;
    const most = Math.min(pipe.data.length, this.style.chunkBytesMax);
    const count = random.chance(0.5) ? most : random.int(1, most);
    const chunk = pipe.data.subarray(0, count);
    pipe.data = pipe.data.subarray(count);
    this.world.note('net', this.id, to.process.name, 'receives', count, 'left', pipe.data.length);
    to.receive(chunk);
    to.peer.afterSent();
  }
}
