import type { Eventual } from '../base/eventual';
import type { TcpEnds } from './tcp-table';

/** A two-way stream of bytes: a TCP or TLS socket, or a simulated one. */
export interface Transport {
  /** Address of the peer, for logs and limits. */
  readonly remoteAddress: string;
  /** Common name in the peer's verified certificate; undefined: no certificate. */
  readonly certifiedName?: string | undefined;
  /** The addresses by which the system identifies the connection, if there is one. */
  readonly ends?: TcpEnds | undefined;
  /** Bytes handed to `write` that have not left yet. */
  readonly unsentBytes: number;
  /** Attaches the receiver of events; called once, before the first event. */
  attach(handlers: TransportHandlers): void;
  write(bytes: Uint8Array): void;
  /** Stops and resumes the delivery of data: backpressure. */
  pause(): void;
  resume(): void;
  /** Sends unsent bytes, then the end of the stream; the peer may still send. */
  end(): void;
  /** After `end`: closes once everything has left, whatever the peer does. */
  destroyWhenSent(): void;
  /** Drops the connection and all unsent bytes. */
  destroy(): void;
}

/** Receives the events of a {@link Transport}, in the order in which they happen. */
export interface TransportHandlers {
  /** Bytes arrived; the receiver owns them. */
  onData(chunk: Buffer): void;
  /** Everything written has left. */
  onDrain(): void;
  /** The peer has ended its side. */
  onEnd(): void;
  /** The connection is closed; `error` is the reason, if it failed. Called exactly once. */
  onClose(error?: Error): void;
}

/** Bytes generated on demand, so that a long message is never in memory as a whole. */
export interface ByteSource {
  /** The next piece; none at the end. Not called again before the piece is there. */
  next(): Eventual<Uint8Array>;
}
