/** The shared state of the 2020 edition that is not stored: the winners. No I/O. */
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../base/limits';
import { agencyOfRow, rowsIn } from '../../domain/contest-rows';
import type { StoredBlock } from '../../store/bet-store';

export class Contest {
  private readonly counts = new Map<number, number>();
  private readonly tails = new Map<number, ChecksumTail>();
  private all = 0;

  /** Winners of all agencies so far. */
  get total(): number {
    return this.all;
  }

  /** Winners of an agency so far. */
  winnersOf(agency: number): number {
    return this.counts.get(agency) ?? 0;
  }

  /** Rows that are accepted, and will be stored, with `winners` among them. */
  add(agency: number, rows: Buffer, winners: number): void {
    this.count(agency, winners);
    const tail = this.tailOf(agency);
    for (const row of rowsIn(rows)) tail.push(row);
  }

  /** Loads the stored contestants, block by block in stored order. */
  recall({ rows, winners }: StoredBlock): void {
    for (const { row } of winners) this.count(agencyOfRow(row), 1);
    for (const row of rowsIn(rows)) this.tailOf(agencyOfRow(row)).push(row);
  }

  /** Checksum of an agency's first `count` rows; undefined: that is not among its latest ones. */
  checksumAt(agency: number, count: number): number | undefined {
    return this.tailOf(agency).at(count);
  }

  private count(agency: number, winners: number): void {
    this.all += winners;
    this.counts.set(agency, this.winnersOf(agency) + winners);
  }

  private tailOf(agency: number): ChecksumTail {
    const tail = this.tails.get(agency) ?? new ChecksumTail(LIMITS.contestRowsComparedMax);
    this.tails.set(agency, tail);
    return tail;
  }
}

/** Running checksums of an agency's rows, one after each of the latest rows. */
class ChecksumTail {
  /** After row n, at n modulo the length; as long as needed, up to `rowsMax` + 1. */
  private sums = new Uint32Array(LIMITS.contestRowsComparedMin);
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
