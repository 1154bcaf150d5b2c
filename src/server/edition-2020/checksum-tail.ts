/** Running checksums of an agency's rows, one behind each of the latest rows. */
import { crc32 } from 'node:zlib';

const CAPACITY_MIN = 64;

export class ChecksumTail {
  /** Behind row n, at n modulo the length; as long as needed, up to `rowsMax` and one. */
  private sums = new Uint32Array(CAPACITY_MIN);
  private count = 0;

  /** @param rowsMax how many rows to remember at least */
  constructor(private readonly rowsMax: number) {}

  push(row: Uint8Array): void {
    const checksum = crc32(row, this.at(this.count));
    this.count++;
    if (this.count >= this.sums.length) this.grow();
    this.sums[this.count % this.sums.length] = checksum;
  }

  /** The checksum of the first `count` rows; undefined: there are fewer, or it is forgotten. */
  at(count: number): number | undefined {
    if (count > this.count || count < this.count - this.rowsMax) return undefined;
    return this.sums[count % this.sums.length];
  }

  private grow(): void {
    const capacity = Math.min(this.rowsMax + 1, 2 * this.sums.length);
    if (capacity <= this.sums.length) return;
    const wider = new Uint32Array(capacity);
    wider.set(this.sums);
    this.sums = wider;
  }
}
