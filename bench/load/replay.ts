/**
 * One agency's batches, encoded beforehand into one piece of memory, to be replayed at no cost.
 *
 * Where there are more bets than are worth keeping, the same rows go round in laps; from the second
 * lap on a frame's offset and running checksum are set again just before it is sent. That is safe:
 * a lap is longer than any window, so that the frame was acknowledged long before.
 */
import { crc32 } from 'node:zlib';

const FRAME_BYTES_MAX = 8192;
const TYPE_BATCH = 0x03;
/** Length, type, flags, offset, checksum, count: docs/PROTOCOL.md, sections 3 and 4.3. */
const HEAD_BYTES = 18;
const OFFSET_AT = 4;
const CHECKSUM_AT = 12;
const COUNT_AT = 16;

export interface ReplayOptions {
  readonly agency: number;
  /** What follows the agency's number in each row of a lap. */
  readonly tails: readonly string[];
  readonly laps: number;
  /** Bets in a batch at most; never more than fit a frame. */
  readonly batchBetsMax: number;
}

export class Replay {
  readonly betsTotal: number;
  readonly batchesTotal: number;
  readonly rowBytesTotal: number;

  private readonly lap: Buffer;
  /** Where each frame of a lap begins, and where the last one ends. */
  private readonly starts: number[] = [0];
  /** Bets of a lap up to and including each frame. */
  private readonly betsAfter: number[] = [];
  private readonly lapBets: number;
  private checksum = 0;
  private sentCount = 0;
  private ackedCount = 0;

  constructor({ agency, tails, laps, batchBetsMax }: ReplayOptions) {
    const frames = this.encodeLap(String(agency), tails, batchBetsMax);
    this.lap = Buffer.concat(frames);
    this.lapBets = tails.length;
    this.betsTotal = tails.length * laps;
    this.batchesTotal = frames.length * laps;
    this.rowBytesTotal = (this.lap.length - frames.length * HEAD_BYTES) * laps;
  }

  /** Batches sent. */
  get sent(): number {
    return this.sentCount;
  }

  /** Batches acknowledged. */
  get acked(): number {
    return this.ackedCount;
  }

  get isAcknowledged(): boolean {
    return this.ackedCount === this.batchesTotal;
  }

  /** The next batches as one piece, at most `count` of them; undefined after the last one. */
  take(count: number): Buffer | undefined {
    const inLap = this.betsAfter.length;
    const first = this.sentCount % inLap;
    const left = this.batchesTotal - this.sentCount;
    const taken = Math.min(count, left, inLap - first);
    if (taken <= 0) return undefined;
    const lap = Math.floor(this.sentCount / inLap);
    if (lap > 0) for (let i = first; i < first + taken; i++) this.renew(i, lap * this.lapBets);
    this.sentCount += taken;
    return this.lap.subarray(this.starts[first], this.starts[first + taken]);
  }

  /** Counts what an acknowledgement covers. @returns how many batches it newly covers */
  acknowledge(upTo: number): number {
    const before = this.ackedCount;
    const inLap = this.betsAfter.length;
    while (this.ackedCount < this.sentCount) {
      const lap = Math.floor(this.ackedCount / inLap);
      const end = lap * this.lapBets + (this.betsAfter[this.ackedCount % inLap] ?? 0);
      if (end > upTo) break;
      this.ackedCount++;
    }
    return this.ackedCount - before;
  }

  private encodeLap(agency: string, tails: readonly string[], betsMax: number): Buffer[] {
    const frames: Buffer[] = [];
    let rows = '';
    let bytes = 0;
    let count = 0;
    let offset = 0;
    const close = (): void => {
      frames.push(this.encode(rows, bytes, count, offset));
      offset += count;
      this.betsAfter.push(offset);
      rows = '';
      bytes = 0;
      count = 0;
    };
    for (const tail of tails) {
      const rowBytes = agency.length + Buffer.byteLength(tail);
      if (count === betsMax || HEAD_BYTES + bytes + rowBytes > FRAME_BYTES_MAX) close();
      rows += agency + tail;
      bytes += rowBytes;
      count++;
    }
    if (count > 0) close();
    return frames;
  }

  private encode(rows: string, bytes: number, count: number, offset: number): Buffer {
    const frame = Buffer.alloc(HEAD_BYTES + bytes);
    frame.write(rows, HEAD_BYTES, 'utf8');
    this.checksum = crc32(frame.subarray(HEAD_BYTES), this.checksum);
    frame.writeUInt16BE(frame.length, 0);
    frame.writeUInt8(TYPE_BATCH, 2);
    frame.writeBigUInt64BE(BigInt(offset), OFFSET_AT);
    frame.writeUInt32BE(this.checksum, CHECKSUM_AT);
    frame.writeUInt16BE(count, COUNT_AT);
    this.starts.push((this.starts.at(-1) ?? 0) + frame.length);
    return frame;
  }

  /** Makes the `index`-th frame of a lap that of a later one. */
  private renew(index: number, betsBefore: number): void {
    const start = this.starts[index] ?? 0;
    const rows = this.lap.subarray(start + HEAD_BYTES, this.starts[index + 1]);
    this.checksum = crc32(rows, this.checksum);
    const offset = betsBefore + (this.betsAfter[index - 1] ?? 0);
    this.lap.writeUInt32BE(Math.floor(offset / 2 ** 32), start + OFFSET_AT);
    this.lap.writeUInt32BE(offset >>> 0, start + OFFSET_AT + 4);
    this.lap.writeUInt32BE(this.checksum, start + CHECKSUM_AT);
  }
}
