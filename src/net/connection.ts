/**
 * One connection of the central: its socket, the bytes that came in, the replies that wait to go
 * out. It knows nothing of what the bytes mean.
 *
 * `data` events only append bytes and tell the selector; what the bytes lead to happens in a turn.
 */
import { LIMITS } from '../base/limits';
import { FrameBuffer, type ByteMeter } from './frame-buffer';
import type { TcpEnds } from './tcp-table';
import type { ByteSource, Transport, TransportHandlers } from './transport';

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
  /** What waits, in order. */
  private outbox: (Uint8Array | ByteSource)[] = [];
  /** Of it, bytes that are there already. */
  private outboxBytes = 0;
  /** Of it, sources that have more. */
  private sources = 0;
  private endsWhenSent = false;
  private isFull = false;
  private isHeldBack = false;
  private isPaused = false;
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
    if (this.endsWhenSent) return false;
    return this.currentPhase === 'open' || this.currentPhase === 'draining';
  }

  /** Whether a long reply is on its way, whose next pieces leave when there is room for them. */
  get isStreaming(): boolean {
    return this.sources > 0;
  }

  onData(chunk: Buffer): void {
    if (this.currentPhase !== 'open' || this.endsWhenSent) return;
    this.lastInputMs = this.nowMs();
    this.waitsForTurn = true;
    this.input.append(chunk);
    if (this.input.length >= this.inputBytesMax) {
      this.isFull = true;
      this.updateFlow();
    }
    this.listener.onReady(this);
  }

  onDrain(): void {
    this.noteUnread();
    if (this.currentPhase === 'open' || this.isStreaming) this.listener.onReady(this);
  }

  onEnd(): void {
    if (this.currentPhase === 'open') {
      this.currentPhase = 'draining';
      this.waitsForTurn = true;
      this.listener.onReady(this);
    }
  }

  onClose(): void {
    if (this.currentPhase === 'closed') return;
    this.currentPhase = 'closed';
    this.input.clear();
    this.outbox = [];
    this.outboxBytes = 0;
    this.sources = 0;
    this.bounds.unread?.add(-this.notedUnread);
    this.notedUnread = 0;
    this.listener.onClosed(this);
  }

  /** Lets the peer send again once its bytes have been worked off. */
  resumeInput(): void {
    // A message may be nearly as long as all that there is room for: what is left of the next one
    // must not keep its rest from coming.
    const roomBytes = Math.min(this.inputBytesMax, LIMITS.inputBytesPerConnectionMax) / 2;
    if (this.input.length < this.inputBytesMax - roomBytes) this.isFull = false;
    this.updateFlow();
  }

  /** Reads nothing more until {@link releaseInput}, whatever there is room for here. */
  holdInput(): void {
    this.isHeldBack = true;
    this.updateFlow();
  }

  releaseInput(): void {
    this.isHeldBack = false;
    this.updateFlow();
  }

  /** Puts a reply into the outbox; it leaves with {@link flush}. */
  send(bytes: Uint8Array): void {
    if (!this.isWritable || bytes.length === 0) return;
    this.outbox.push(bytes);
    this.outboxBytes += bytes.length;
  }

  /** Puts a long reply into the outbox, which is made as it leaves; the rest waits behind it. */
  sendFrom(source: ByteSource): void {
    if (!this.isWritable) return;
    this.outbox.push(source);
    this.sources++;
  }

  /** Bytes that the peer has not taken yet, without those that are yet to be made. */
  get unsentBytes(): number {
    return this.outboxBytes + this.transport.unsentBytes;
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
    if (this.outbox.length === 0) return;
    this.noteUnread();
    for (;;) {
      this.writeBuffers();
      const [source] = this.outbox;
      if (source === undefined || source instanceof Uint8Array) break;
      if (!this.writeFrom(source)) break;
      this.outbox.shift();
      this.sources--;
    }
    this.noteUnread();
    // The system may have taken all of it, and then says nothing more.
    if (this.isStreaming && this.hasRoom) this.listener.onReady(this);
    if (this.endsWhenSent && !this.isStreaming) this.end();
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
      this.endsWhenSent = true;
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

  /** Writes what stands in front of the first source. */
  private writeBuffers(): void {
    const end = this.outbox.findIndex((waiting) => !(waiting instanceof Uint8Array));
    const buffers = (end < 0 ? this.outbox : this.outbox.slice(0, end)) as Uint8Array[];
    const [first, ...rest] = buffers;
    if (first === undefined) return;
    const bytes = rest.length === 0 ? first : Buffer.concat(buffers);
    this.outbox = end < 0 ? [] : this.outbox.slice(end);
    this.outboxBytes -= bytes.length;
    if (this.currentPhase !== 'closed') this.transport.write(bytes);
  }

  /** @returns whether the source has no more */
  private writeFrom(source: ByteSource): boolean {
    for (let pieces = 0; pieces < LIMITS.piecesPerTurnMax && this.hasRoom; pieces++) {
      const bytes = source.next();
      if (bytes.length === 0) return true;
      this.transport.write(bytes);
    }
    return false;
  }

  /** Whether the peer may have another piece: where all have too much unread, only one at a time. */
  private get hasRoom(): boolean {
    if (this.currentPhase === 'closed') return false;
    const isCrowded = (this.bounds.unread?.total ?? 0) >= LIMITS.outputBytesTotalMax;
    return this.transport.unsentBytes < (isCrowded ? 1 : LIMITS.outputBytesUnreadMax);
  }

  private end(): void {
    this.endsWhenSent = false;
    if (!this.isWritable) return;
    const peerEnded = this.currentPhase === 'draining';
    this.currentPhase = 'ending';
    this.endedMs = this.nowMs();
    this.input.clear();
    this.transport.end();
    // Keep reading (and dropping), or the peer's unread bytes turn our last reply into a reset.
    if (!peerEnded && this.isPaused) this.transport.resume();
  }

  private updateFlow(): void {
    const pause = this.isFull || this.isHeldBack;
    if (pause === this.isPaused || this.currentPhase !== 'open') return;
    this.isPaused = pause;
    if (pause) this.transport.pause();
    else this.transport.resume();
  }
}
