/** The unsent replies of a connection, in order: bytes, and long replies generated as they are sent. */
import { isPending } from '../../base/eventual';
import { LIMITS } from '../../base/limits';
import type { ByteSource, Transport } from '../transport';

/** A long reply. */
interface LongReply {
  readonly source: ByteSource;
  readonly onFailed: (error: unknown) => void;
}

export interface OutboxHooks {
  /** Whether the peer may have another piece of a long reply. */
  readonly hasRoom: () => boolean;
  /** A piece has come that was not there when its turn came: {@link Outbox.flush} sends it. */
  readonly onPiece: () => void;
}

export class Outbox {
  private waiting: (Uint8Array | LongReply)[] = [];
  private bytes = 0;
  private sources = 0;
  /** The piece that the first long reply waits for. */
  private awaited: PromiseLike<Uint8Array> | null = null;
  /** The same, when it has come. */
  private arrived: Uint8Array | null = null;

  /** @param transport sends the bytes */
  constructor(
    private readonly transport: Pick<Transport, 'write'>,
    private readonly hooks: OutboxHooks,
  ) {}

  /** Unsent bytes, without those that are not generated yet. */
  get length(): number {
    return this.bytes;
  }

  /** Whether a long reply is queued or being sent. */
  get isStreaming(): boolean {
    return this.sources > 0;
  }

  /** Whether nothing can be sent until the next piece has come. */
  get isAwaiting(): boolean {
    return this.awaited !== null;
  }

  push(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.bytes += bytes.length;
  }

  /**
   * @param onFailed gets the error of a piece that came later than it was asked for, also when nobody waits for
   *   the piece any more: what cannot be read concerns others, too
   */
  pushSource(source: ByteSource, onFailed: (error: unknown) => void): void {
    this.waiting.push({ source, onFailed });
    this.sources++;
  }

  /** Drops all of it. */
  clear(): void {
    this.waiting = [];
    this.bytes = 0;
    this.sources = 0;
    this.awaited = null;
    this.arrived = null;
  }

  /** Writes everything, up to a long reply that has to wait for the peer, or for its next piece. */
  flush(): void {
    while (this.waiting.length > 0) {
      this.writeBytes();
      const [reply] = this.waiting;
      if (reply === undefined || reply instanceof Uint8Array) return;
      if (!this.writeFrom(reply)) return;
      this.waiting.shift();
      this.sources--;
    }
  }

  /** Writes the bytes before the first source. */
  private writeBytes(): void {
    const end = this.waiting.findIndex((item) => !(item instanceof Uint8Array));
    const buffers = (end < 0 ? this.waiting : this.waiting.slice(0, end)) as Uint8Array[];
    const [first, ...rest] = buffers;
    if (first === undefined) return;
    const bytes = rest.length === 0 ? first : Buffer.concat(buffers);
    this.waiting = end < 0 ? [] : this.waiting.slice(end);
    this.bytes -= bytes.length;
    this.transport.write(bytes);
  }

  /** @returns whether the source is exhausted */
  private writeFrom(reply: LongReply): boolean {
    for (let pieces = 0; pieces < LIMITS.piecesPerTurnMax && this.hooks.hasRoom(); pieces++) {
      const piece = this.nextPiece(reply);
      if (piece === null) return false;
      if (piece.length === 0) return true;
      this.transport.write(piece);
    }
    return false;
  }

  /** @returns null: it comes later */
  private nextPiece({ source, onFailed }: LongReply): Uint8Array | null {
    const { arrived } = this;
    this.arrived = null;
    if (arrived !== null) return arrived;
    if (this.awaited !== null) return null;
    const piece = source.next();
    if (!isPending(piece)) return piece;
    this.awaited = piece;
    /** @returns whether somebody still waits for it: not after `clear` */
    const end = (): boolean => {
      const isAwaited = this.awaited === piece;
      if (isAwaited) this.awaited = null;
      return isAwaited;
    };
    piece.then(
      (bytes) => {
        if (!end()) return;
        this.arrived = bytes;
        this.hooks.onPiece();
      },
      (error: unknown) => {
        end();
        onFailed(error);
      },
    );
    return null;
  }
}
