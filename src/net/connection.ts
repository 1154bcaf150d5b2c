/**
 * One connection of the central: its socket, the bytes that came in, the replies that wait to go
 * out. It knows nothing of what the bytes mean.
 *
 * `data` events only append bytes and tell the selector; what the bytes lead to happens in a turn.
 */
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import { FrameBuffer, type ByteMeter } from './frame-buffer';
import { Outbox } from './outbox';
import type { TcpEnds } from './tcp-table';
import type { ByteSource, Transport, TransportHandlers } from './transport';

/**
 * - `open`: both directions work.
 * - `draining`: the peer sends no more; what it sent is still worked on and answered.
 * - `flushing`: no reply follows the long one that is being sent; input is dropped.
 * - `ending`: the last reply is with the system; input is dropped, the socket closes once it is sent.
 * - `closed`: nothing more happens.
 */
export type ConnectionPhase = 'open' | 'draining' | 'flushing' | 'ending' | 'closed';

const NEXT: Readonly<Record<ConnectionPhase, readonly ConnectionPhase[]>> = {
  open: ['draining', 'flushing', 'ending', 'closed'],
  draining: ['flushing', 'ending', 'closed'],
  flushing: ['ending', 'closed'],
  ending: ['closed'],
  closed: [],
};

/** Why nothing is read: the connection's own input is full, or that of all connections together. */
type InputFlow = 'flowing' | 'full' | 'held' | 'full_and_held';

/** Whom a connection tells that there is something to do. */
export interface ConnectionListener {
  onReady(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** What a connection is held to, and counted in. */
export interface ConnectionBounds {
  /** Bytes not yet decoded at which the socket is paused, where a dialect needs its own bound. */
  readonly inputBytesMax?: number | undefined;
  /** Counts what all connections have received and not decoded. */
  readonly received?: ByteMeter;
  /** Counts what all peers have not taken. */
  readonly unread?: ByteMeter;
}

export class Connection implements TransportHandlers {
  readonly input: FrameBuffer;
  readonly openedMs: number;
  /** When the peer last sent something, or the connection was opened. */
  lastInputMs: number;
  /** Since when an incomplete frame has been waiting for its rest. */
  frameSinceMs: number | undefined;
  /** When we said our last word. */
  endedMs: number | undefined;
  /** Since when the peer has taken nothing of what waits for it. */
  unreadSinceMs: number | undefined;
  /** Something arrived that no turn has looked at: the next step is ours, not the peer's. */
  waitsForTurn = false;

  private currentPhase: ConnectionPhase = 'open';
  private flow: InputFlow = 'flowing';
  private readonly outbox: Outbox;
  private notedUnread = 0;
  /** What the system had not delivered at the last look while the peer seemed not to read. */
  private undelivered = 0;

  constructor(
    readonly id: number,
    private readonly transport: Transport,
    private readonly listener: ConnectionListener,
    private readonly nowMs: () => number,
    private readonly bounds: ConnectionBounds = {},
  ) {
    this.input = new FrameBuffer(bounds.received);
    this.openedMs = nowMs();
    this.lastInputMs = this.openedMs;
    this.outbox = new Outbox(transport, () => this.hasRoom);
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

  /** Whether a long reply is on its way, whose next pieces leave when there is room for them. */
  get isStreaming(): boolean {
    return this.outbox.isStreaming;
  }

  onData(chunk: Buffer): void {
    if (this.currentPhase !== 'open') return;
    this.lastInputMs = this.nowMs();
    this.waitsForTurn = true;
    this.input.append(chunk);
    if (this.input.length >= this.inputBytesMax) {
      this.setFlow(this.isHeld ? 'full_and_held' : 'full');
    }
    this.listener.onReady(this);
  }

  onDrain(): void {
    this.noteUnread();
    if (this.currentPhase === 'open' || this.isStreaming) this.listener.onReady(this);
  }

  onEnd(): void {
    if (this.currentPhase === 'open') {
      this.setPhase('draining');
      this.waitsForTurn = true;
      this.listener.onReady(this);
    }
  }

  onClose(): void {
    if (this.currentPhase === 'closed') return;
    this.setPhase('closed');
    this.input.clear();
    this.outbox.clear();
    this.bounds.unread?.add(-this.notedUnread);
    this.notedUnread = 0;
    this.listener.onClosed(this);
  }

  /** Lets the peer send again once its bytes have been worked off. */
  resumeInput(): void {
    // A message may be nearly as long as all that there is room for: what is left of the next one
    // must not keep its rest from coming.
    const roomBytes = Math.min(this.inputBytesMax, LIMITS.inputBytesPerConnectionMax) / 2;
    if (this.input.length >= this.inputBytesMax - roomBytes) return;
    this.setFlow(this.isHeld ? 'held' : 'flowing');
  }

  /** Reads nothing more until {@link releaseInput}, whatever there is room for here. */
  holdInput(): void {
    this.setFlow(this.isFull ? 'full_and_held' : 'held');
  }

  releaseInput(): void {
    this.setFlow(this.isFull ? 'full' : 'flowing');
  }

  /** Puts a reply into the outbox; it leaves with {@link flush}. */
  send(bytes: Uint8Array): void {
    if (this.isWritable && bytes.length > 0) this.outbox.push(bytes);
  }

  /** Puts a long reply into the outbox, which is made as it leaves; the rest waits behind it. */
  sendFrom(source: ByteSource): void {
    if (this.isWritable) this.outbox.pushSource(source);
  }

  /** Bytes that the peer has not taken yet, without those that are yet to be made. */
  get unsentBytes(): number {
    return this.outbox.length + this.transport.unsentBytes;
  }

  /** Looks at how much the peer has taken since the last look. */
  noteUnread(): void {
    const bytes = this.currentPhase === 'closed' ? 0 : this.transport.unsentBytes;
    if (bytes === 0) this.unreadSinceMs = undefined;
    else if (this.unreadSinceMs === undefined || bytes < this.notedUnread) {
      this.unreadSinceMs = this.nowMs();
    }
    this.bounds.unread?.add(bytes - this.notedUnread);
    this.notedUnread = bytes;
  }

  /** The connection by which the system knows it. */
  get ends(): TcpEnds | undefined {
    return this.currentPhase === 'closed' ? undefined : this.transport.ends;
  }

  /** @param bytes that the system has taken and not delivered: if they become fewer, the peer reads */
  noteUndelivered(bytes: number): void {
    if (this.unreadSinceMs !== undefined && bytes < this.undelivered) {
      this.unreadSinceMs = this.nowMs();
    }
    this.undelivered = bytes;
  }

  /** Sends what is in the outbox as one write, or of a long reply as much as there is room for. */
  flush(): void {
    if (this.currentPhase === 'closed') return;
    if (this.outbox.length === 0 && !this.isStreaming) return;
    this.noteUnread();
    this.outbox.flush();
    this.noteUnread();
    // The system may have taken all of it, and then says nothing more.
    if (this.isStreaming && this.hasRoom) this.listener.onReady(this);
    if (this.currentPhase === 'flushing' && !this.isStreaming) this.end();
  }

  /** Goes on with a long reply. @returns whether all of it has been sent */
  sendMore(): boolean {
    this.flush();
    return !this.isStreaming;
  }

  /** Sends what is in the outbox and then the end of the stream; reads no more. */
  finish(): void {
    if (!this.isWritable) return;
    this.flush();
    if (this.isStreaming) {
      this.setPhase('flushing');
      this.input.clear();
    } else this.end();
  }

  /** Drops the connection as soon as its last bytes have left, without waiting for the peer. */
  destroyWhenSent(): void {
    if (this.currentPhase !== 'closed') this.transport.destroyWhenSent();
  }

  /** Drops the connection at once. */
  destroy(): void {
    if (this.currentPhase !== 'closed') this.transport.destroy();
  }

  private get inputBytesMax(): number {
    return this.bounds.inputBytesMax ?? LIMITS.inputBytesPerConnectionMax;
  }

  /** Whether the peer may have another piece: where all have too much unread, only one at a time. */
  private get hasRoom(): boolean {
    if (this.currentPhase === 'closed') return false;
    const isCrowded = (this.bounds.unread?.total ?? 0) >= LIMITS.outputBytesTotalMax;
    return this.transport.unsentBytes < (isCrowded ? 1 : LIMITS.outputBytesUnreadMax);
  }

  private end(): void {
    const mayStillSend = this.currentPhase !== 'draining';
    this.setPhase('ending');
    this.endedMs = this.nowMs();
    this.input.clear();
    this.transport.end();
    // Keep reading (and dropping), or the peer's unread bytes turn our last reply into a reset.
    if (mayStillSend && this.isPaused) this.transport.resume();
  }

  private setPhase(to: ConnectionPhase): void {
    const from = this.currentPhase;
    invariant(NEXT[from].includes(to), `a connection went from ${from} to ${to}`);
    this.currentPhase = to;
  }

  private get isFull(): boolean {
    return this.flow === 'full' || this.flow === 'full_and_held';
  }

  private get isHeld(): boolean {
    return this.flow === 'held' || this.flow === 'full_and_held';
  }

  private get isPaused(): boolean {
    return this.flow !== 'flowing';
  }

  /** Pauses or resumes the socket, when that is what changes. */
  private setFlow(to: InputFlow): void {
    const wasPaused = this.isPaused;
    this.flow = to;
    if (wasPaused === this.isPaused || this.currentPhase !== 'open') return;
    if (this.isPaused) this.transport.pause();
    else this.transport.resume();
  }
}
