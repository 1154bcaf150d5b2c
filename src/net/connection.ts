/**
 * One connection of the central: its socket, the bytes that came in, the replies that wait to go
 * out. It knows nothing of what the bytes mean.
 *
 * `data` events only append bytes and tell the selector; what the bytes lead to happens in a turn.
 */
import { LIMITS } from '../base/limits';
import { FrameBuffer } from './frame-buffer';
import type { Transport, TransportHandlers } from './transport';

/**
 * - `open`: both directions work.
 * - `draining`: the peer sends no more; what it sent is still worked on and answered.
 * - `ending`: we have said our last word; input is dropped, the socket closes once it is sent.
 * - `closed`: nothing more will happen.
 */
export type ConnectionPhase = 'open' | 'draining' | 'ending' | 'closed';

/** Whom a connection tells that there is something to do. */
export interface ConnectionListener {
  onReady(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** How much a connection may hold, which depends on what its peer speaks. */
export interface InputBounds {
  readonly inputBytesMax: number;
}

const DEFAULT_BOUNDS: InputBounds = { inputBytesMax: LIMITS.inputBytesPerConnectionMax };

export class Connection implements TransportHandlers {
  readonly input = new FrameBuffer();
  readonly openedMs: number;
  /** When the peer last sent something, or the connection was opened. */
  lastInputMs: number;
  /** Since when an incomplete frame has been waiting for its rest. */
  frameSinceMs: number | undefined;
  /** When we said our last word. */
  endedMs: number | undefined;

  private currentPhase: ConnectionPhase = 'open';
  private outbox: Uint8Array[] = [];
  private outboxBytes = 0;
  private paused = false;

  constructor(
    readonly id: number,
    private readonly transport: Transport,
    private readonly listener: ConnectionListener,
    private readonly nowMs: () => number,
    private readonly bounds: InputBounds = DEFAULT_BOUNDS,
  ) {
    this.openedMs = nowMs();
    this.lastInputMs = this.openedMs;
    transport.attach(this);
  }

  get phase(): ConnectionPhase {
    return this.currentPhase;
  }

  get remoteAddress(): string {
    return this.transport.remoteAddress;
  }

  /** Whether replies can still be delivered. */
  get isWritable(): boolean {
    return this.currentPhase === 'open' || this.currentPhase === 'draining';
  }

  onData(chunk: Buffer): void {
    if (this.currentPhase !== 'open') return;
    this.lastInputMs = this.nowMs();
    this.input.append(chunk);
    if (this.input.length >= this.bounds.inputBytesMax && !this.paused) {
      this.paused = true;
      this.transport.pause();
    }
    this.listener.onReady(this);
  }

  onDrain(): void {
    if (this.currentPhase === 'open') this.listener.onReady(this);
  }

  onEnd(): void {
    if (this.currentPhase === 'open') {
      this.currentPhase = 'draining';
      this.listener.onReady(this);
    }
  }

  onClose(): void {
    if (this.currentPhase === 'closed') return;
    this.currentPhase = 'closed';
    this.input.clear();
    this.outbox = [];
    this.listener.onClosed(this);
  }

  /** Lets the peer send again once its bytes have been worked off. */
  resumeInput(): void {
    const resumeBytes = this.bounds.inputBytesMax - LIMITS.inputBytesPerConnectionMax / 2;
    if (!this.paused || this.input.length >= resumeBytes) return;
    this.paused = false;
    if (this.currentPhase === 'open') this.transport.resume();
  }

  /** Puts a reply into the outbox; it leaves with {@link flush}. */
  send(bytes: Uint8Array): void {
    if (!this.isWritable || bytes.length === 0) return;
    this.outbox.push(bytes);
    this.outboxBytes += bytes.length;
  }

  /** Bytes that the peer has not taken yet. */
  get unsentBytes(): number {
    return this.outboxBytes + this.transport.unsentBytes;
  }

  /** Sends all that is in the outbox as one write. */
  flush(): void {
    if (this.outbox.length === 0) return;
    const [first, ...rest] = this.outbox;
    const bytes = first !== undefined && rest.length === 0 ? first : Buffer.concat(this.outbox);
    this.outbox = [];
    this.outboxBytes = 0;
    if (this.currentPhase !== 'closed') this.transport.write(bytes);
  }

  /** Sends what is in the outbox and then the end of the stream; reads no more. */
  finish(): void {
    if (!this.isWritable) return;
    this.flush();
    const peerEnded = this.currentPhase === 'draining';
    this.currentPhase = 'ending';
    this.endedMs = this.nowMs();
    this.input.clear();
    this.transport.end();
    // Keep reading (and dropping), or the peer's unread bytes turn our last reply into a reset.
    if (!peerEnded && this.paused) this.transport.resume();
  }

  /** Drops the connection as soon as its last bytes have left, without waiting for the peer. */
  destroyWhenSent(): void {
    if (this.currentPhase !== 'closed') this.transport.destroyWhenSent();
  }

  /** Drops the connection at once. */
  destroy(): void {
    if (this.currentPhase !== 'closed') this.transport.destroy();
  }
}
