/** Bytes that are made when there is room for them, so that a long message is never held as a whole. */
export interface ByteSource {
  /** The next piece; none when there is no more. */
  next(): Uint8Array;
}
