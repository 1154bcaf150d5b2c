/**
 * One connection of the central: its socket, its input buffer and its outbox. It does not interpret
 * the bytes.
 *
 * `data` events append bytes and mark the connection ready; a later turn processes them.
 */
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import { FrameBuffer, type ByteMeter } from './frame-buffer';
import { Outbox } from './outbox';
import type { TcpEnds } from './tcp-table';
import type { ByteSource, Transport, TransportHandlers } from './transport';

/**
 * - `open`: both directions work.
 * - `draining`: the peer has ended its side; its input is still processed and answered.
 * - `flushing`: the last reply is a long one that is being sent; input is discarded.
 * - `ending`: the system has the last reply; input is discarded, the socket closes once it is sent.
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

/** Receives the events of a connection. */
export interface ConnectionListener {
  onReady(connection: Connection): void;
  onClosed(connection: Connection): void;
}

/** Bounds of a connection, and the meters that count it. */
export interface ConnectionBounds {
  /** Bytes not yet decoded at which the socket is paused, where a dialect needs its own bound. */
  readonly inputBytesMax?: number | undefined;
  /** Counts the bytes that all connections have received and not decoded. */
  readonly received?: ByteMeter;
  /** Counts the bytes that all peers have not read. */
  readonly unread?: ByteMeter;
}

export class Connection implements TransportHandlers {
  readonly input: FrameBuffer;
  readonly openedMs: number;
  /** When the peer last sent something, or the connection was opened. */
  lastInputMs: number;
  /** Since when an incomplete frame has been waiting for its rest. */
  frameSinceMs: number | undefined;
  /** When the last reply was handed to the system. */
  endedMs: number | undefined;
  /** Since when the peer has read nothing of its unread replies. */
  unreadSinceMs: number | undefined;
  /** A turn has yet to process new input: the central has to act, not the peer. */
  waitsForTurn = false;

  private currentPhase: ConnectionPhase = 'open';
  private flow: InputFlow = 'flowing';
  private readonly outbox: Outbox;
  private notedUnread = 0;
  /** Bytes that the system had not delivered at the last check of a peer that seemed not to read. */
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
    this.outbox = new Outbox(transport, {
      hasRoom: () => this.hasRoom,
      onPiece: () => {
        listener.onReady(this);
      },
    });
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

  /** Whether a long reply is being sent piece by piece. */
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
    if (this.isWritable || this.isStreaming) this.listener.onReady(this);
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

  /** Resumes reading once the input has been processed. */
  resumeInput(): void {
    // A message may be nearly as long as the buffer: the first part of the next one must not stop its
    // rest from arriving.
    const roomBytes = Math.min(this.inputBytesMax, LIMITS.inputBytesPerConnectionMax) / 2;
    if (this.input.length >= this.inputBytesMax - roomBytes) return;
    this.setFlow(this.isHeld ? 'held' : 'flowing');
  }

  /** Stops reading until {@link releaseInput}, however little this connection holds. */
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

  /**
   * Puts a long reply into the outbox, which is generated as it is sent; later replies wait.
   *
   * @param onFailed gets the error of a piece that comes later than it is asked for; not called when the
   *   connection is closed
   */
  sendFrom(source: ByteSource, onFailed: (error: unknown) => void): void {
    if (this.isWritable) this.outbox.pushSource(source, onFailed);
  }

  /** Bytes that the peer has not taken, without those that are not generated yet. */
  get unsentBytes(): number {
    return this.outbox.length + this.transport.unsentBytes;
  }

  /** Notes how much the peer has taken since the last call. */
  noteUnread(): void {
    const bytes = this.currentPhase === 'closed' ? 0 : this.transport.unsentBytes;
    if (bytes === 0) this.unreadSinceMs = undefined;
    else if (this.unreadSinceMs === undefined || bytes < this.notedUnread) {
      this.unreadSinceMs = this.nowMs();
    }
    this.bounds.unread?.add(bytes - this.notedUnread);
    this.notedUnread = bytes;
  }

  /** The addresses by which the system identifies the connection. */
  get ends(): TcpEnds | undefined {
    return this.currentPhase === 'closed' ? undefined : this.transport.ends;
  }

  /** @param bytes that the system holds undelivered: if they decrease, the peer reads */
  noteUndelivered(bytes: number): void {
    if (this.unreadSinceMs !== undefined && bytes < this.undelivered) {
      this.unreadSinceMs = this.nowMs();
    }
    this.undelivered = bytes;
  }

  /** Sends the outbox in one write; of a long reply, as much as the unread bound allows. */
  flush(): void {
    if (this.currentPhase === 'closed') return;
    if (this.outbox.length === 0 && !this.isStreaming) return;
    this.noteUnread();
    this.outbox.flush();
    this.noteUnread();
    // If the system has taken all of it, no `drain` event follows.
    if (this.isStreaming && !this.outbox.isAwaiting && this.hasRoom) this.listener.onReady(this);
    if (this.currentPhase === 'flushing' && !this.isStreaming) this.end();
  }

  /** Continues a long reply. @returns whether all of it has been sent */
  sendMore(): boolean {
    this.flush();
    return !this.isStreaming;
  }

  /** Sends the outbox, then the end of the stream; reads no more. */
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

  /** Whether another piece may be sent: one at a time while all peers together have too much unread. */
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
    // Keep reading and discarding: unread input would turn the last reply into a reset.
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

  /** Pauses or resumes the socket if that changes. */
  private setFlow(to: InputFlow): void {
    const wasPaused = this.isPaused;
    this.flow = to;
    if (wasPaused === this.isPaused || this.currentPhase !== 'open') return;
    if (this.isPaused) this.transport.pause();
    else this.transport.resume();
  }
}
