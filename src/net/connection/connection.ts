/**
 * One connection of the central: its socket, its input buffer and its outbox. It does not interpret
 * the bytes.
 *
 * `data` events append bytes and mark the connection ready; a later turn processes them.
 */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import { FrameBuffer, type ByteMeter } from '../frame-buffer';
import { InputFlow } from './input-flow';
import { Outbox } from './outbox';
import type { TcpEnds } from '../tcp-table';
import type { ByteSource, Transport, TransportHandlers } from '../transport';
import { UnreadReplies } from './unread-replies';

/**
 * - `open`: both directions work.
 * - `draining`: the peer has ended its side; its input is still processed and answered.
 * - `flushing`: the last reply is a long one that is being sent; input is discarded.
 * - `ending`: the system has the last reply; input is discarded, the socket closes once it is sent.
 * - `closed`: nothing more happens.
 */
type ConnectionPhase = 'open' | 'draining' | 'flushing' | 'ending' | 'closed';

const NEXT: Readonly<Record<ConnectionPhase, readonly ConnectionPhase[]>> = {
  open: ['draining', 'flushing', 'ending', 'closed'],
  draining: ['flushing', 'ending', 'closed'],
  flushing: ['ending', 'closed'],
  ending: ['closed'],
  closed: [],
};

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
  /** A turn has yet to process new input: the central has to act, not the peer. */
  waitsForTurn = false;

  private currentPhase: ConnectionPhase = 'open';
  private readonly flow: InputFlow;
  private readonly outbox: Outbox;
  private readonly unread: UnreadReplies;

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
    const isOpen = (): boolean => this.currentPhase === 'open';
    this.flow = new InputFlow(this.input, transport, isOpen, () => bounds.inputBytesMax);
    this.unread = new UnreadReplies(nowMs, bounds.unread);
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

  /** Keeps the bytes for the next turn, and stops reading at the bound. Input after the end is discarded. */
  onData(chunk: Buffer): void {
    if (this.currentPhase !== 'open') return;
    this.lastInputMs = this.nowMs();
    this.waitsForTurn = true;
    this.input.append(chunk);
    this.flow.pauseIfFull();
    this.listener.onReady(this);
  }

  /** All replies have left: a turn may continue a long one, or take input of a peer that had too much unread. */
  onDrain(): void {
    this.noteUnread();
    if (this.isWritable || this.isStreaming) this.listener.onReady(this);
  }

  /** The peer sends no more. What it has sent is still answered: the connection closes when that has left. */
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
    this.noteUnread();
    this.listener.onClosed(this);
  }

  /** Resumes reading once the input has been processed. */
  resumeInput(): void {
    this.flow.resumeIfRoom();
  }

  /** Stops reading until {@link releaseInput}, however little this connection holds. */
  holdInput(): void {
    this.flow.hold();
  }

  releaseInput(): void {
    this.flow.release();
  }

  /** Puts a reply into the outbox; it leaves with {@link flush}. */
  send(bytes: Uint8Array): void {
    if (this.isWritable && bytes.length > 0) this.outbox.push(bytes);
  }

  /**
   * Puts a long reply into the outbox, generated as it is sent. @param onFailed gets the error of a late piece
   */
  sendFrom(source: ByteSource, onFailed: (error: unknown) => void): void {
    if (this.isWritable) this.outbox.pushSource(source, onFailed);
  }

  /** Bytes that the peer has not taken, without those that are not generated yet. */
  get unsentBytes(): number {
    return this.outbox.length + this.transport.unsentBytes;
  }

  /** Since when the peer has read nothing of its unread replies. */
  get unreadSinceMs(): number | undefined {
    return this.unread.sinceMs;
  }

  /** Notes how much the peer has taken since the last call. */
  noteUnread(): void {
    this.unread.note(this.currentPhase === 'closed' ? 0 : this.transport.unsentBytes);
  }

  /** The addresses by which the system identifies the connection. */
  get ends(): TcpEnds | undefined {
    return this.currentPhase === 'closed' ? undefined : this.transport.ends;
  }

  /** @param bytes that the system holds undelivered: if they decrease, the peer reads */
  noteUndelivered(bytes: number): void {
    this.unread.noteUndelivered(bytes);
  }

  /** Sends the outbox in one write; of a long reply, as much as the unread bound allows. */
  flush(): void {
    if (this.currentPhase === 'closed' || (this.outbox.length === 0 && !this.isStreaming)) return;
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
    if (mayStillSend && this.flow.isPaused) this.transport.resume();
  }

  private setPhase(to: ConnectionPhase): void {
    const from = this.currentPhase;
    invariant(NEXT[from].includes(to), `a connection went from ${from} to ${to}`);
    this.currentPhase = to;
  }
}
