/** The unsent replies of a connection, in order: bytes, and long replies generated as they are sent. */
import { LIMITS } from '../base/limits';
import type { ByteSource, Transport } from './transport';

export class Outbox {
  private waiting: (Uint8Array | ByteSource)[] = [];
  private bytes = 0;
  private sources = 0;

  /**
   * @param transport sends the bytes
   * @param hasRoom whether the peer may have another piece of a long reply
   */
  constructor(
    private readonly transport: Pick<Transport, 'write'>,
    private readonly hasRoom: () => boolean,
  ) {}

  /** Unsent bytes, without those that are not generated yet. */
  get length(): number {
    return this.bytes;
  }

  /** Whether a long reply is queued or being sent. */
  get isStreaming(): boolean {
    return this.sources > 0;
  }

  push(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.bytes += bytes.length;
  }

  pushSource(source: ByteSource): void {
    this.waiting.push(source);
    this.sources++;
  }

  /** Drops all of it. */
  clear(): void {
    this.waiting = [];
    this.bytes = 0;
    this.sources = 0;
  }

  /** Writes everything, up to a long reply that has to wait for the peer. */
  flush(): void {
    while (this.waiting.length > 0) {
      this.writeBytes();
      const [source] = this.waiting;
      if (source === undefined || source instanceof Uint8Array) return;
      if (!this.writeFrom(source)) return;
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
  private writeFrom(source: ByteSource): boolean {
    for (let pieces = 0; pieces < LIMITS.piecesPerTurnMax && this.hasRoom(); pieces++) {
      const bytes = source.next();
      if (bytes.length === 0) return true;
      this.transport.write(bytes);
    }
    return false;
  }
}
