import type { TcpEnds } from './tcp-table';

/** A two-way stream of bytes: a TCP or TLS socket, or a simulated one. */
export interface Transport {
  /** Address of the peer, for logs and limits. */
  readonly remoteAddress: string;
  /** Common name in the peer's certificate, which was checked; undefined: it has shown none. */
  readonly certifiedName?: string | undefined;
  /** The connection by which the system knows it, if there is one. */
  readonly ends?: TcpEnds | undefined;
  /** Bytes handed to `write` that have not left yet. */
  readonly unsentBytes: number;
  /** Names who is told of what happens; called once, before anything can happen. */
  attach(handlers: TransportHandlers): void;
  write(bytes: Uint8Array): void;
  /** Stops and resumes the delivery of data: backpressure. */
  pause(): void;
  resume(): void;
  /** Sends what is left, then the end of the stream; the peer may still send. */
  end(): void;
  /** After `end`: lets go once everything has left, whatever the peer does. */
  destroyWhenSent(): void;
  /** Drops the connection and whatever is unsent. */
  destroy(): void;
}

export interface TransportHandlers {
  /** Bytes arrived; the receiver owns them. */
  onData(chunk: Buffer): void;
  /** Everything written has left. */
  onDrain(): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** Nothing more will happen; `error` says why, if something failed. Called exactly once. */
  onClose(error?: Error): void;
}

/** Bytes that are made when there is room for them, so that a long message is never held as a whole. */
export interface ByteSource {
  /** The next piece; none when there is no more. */
  next(): Uint8Array;
}
