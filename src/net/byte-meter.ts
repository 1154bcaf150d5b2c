/** Counts the bytes that many buffers hold together. */
export class ByteMeter {
  private bytes = 0;

  get total(): number {
    return this.bytes;
  }

  /** @param count below 0 for bytes that are held no longer */
  add(count: number): void {
    this.bytes += count;
  }
}
