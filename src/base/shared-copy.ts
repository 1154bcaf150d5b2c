/**
 * Copies to and from memory that threads share. `set` and `copy` go byte by byte there, which takes
 * ten times as long: V8 expects another thread to write meanwhile. `fill` with as many bytes as there
 * are to fill is one memcpy; whoever calls this knows that no other thread is at these bytes.
 */

/** Copies `bytes`, one or more, to where `at` is. */
export function copyToShared(shared: Buffer, at: number, bytes: Uint8Array): void {
  shared.fill(bytes, at, at + bytes.length);
}

/** A copy of what stands between two places. */
export function copyOfShared(shared: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start);
  return end > start ? copy.fill(shared.subarray(start, end)) : copy;
}
