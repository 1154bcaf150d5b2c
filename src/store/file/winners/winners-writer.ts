/**
 * Writes winners.csv: first the winners of the agency with the lowest number, in stored order, then
 * those of the next one. How many bytes each agency's take is known before, so that every winner goes
 * to its place as it comes, and memory holds no more than a buffer for each agency.
 */
import { invariant } from '../../../base/invariant';
import { LIMITS } from '../../../base/limits';
import { forEachAgency, WINNER_ROW_BYTES_MAX } from '../../../domain/winner-rows';
import type { WinnerTotals } from '../bets/bets-audit';
import { closeQuietly, writeAll, type FileDescriptor, type Files } from '../directory/files';
import type { WinnersSpool } from './winners-spool';

/** An agency's part of the file. */
interface Region {
  /** Where its next bytes go, those in its buffer not counted. */
  position: number;
  readonly end: number;
  readonly buffer: Buffer;
  buffered: number;
}

export class WinnersWriter {
  private readonly regions = new Map<number, Region>();
  private readonly fd: FileDescriptor;
  private isOpen = true;

  /**
   * @param path of the file, which is overwritten
   * @param totals of each agency in the spool
   */
  constructor(
    private readonly files: Files,
    path: string,
    private readonly spool: WinnersSpool,
    totals: ReadonlyMap<number, WinnerTotals>,
  ) {
    const bytesOf = [...totals]
      .map(([agency, { winnerBytes }]) => ({ agency, bytes: winnerBytes }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => a.agency - b.agency);
    const share = Math.floor(LIMITS.winnersBuffersBytes / Math.max(1, bytesOf.length));
    const bufferBytes = Math.max(
      WINNER_ROW_BYTES_MAX,
      Math.min(share, LIMITS.winnersBufferBytesMax),
    );
    let position = 0;
    for (const { agency, bytes } of bytesOf) {
      const buffer = Buffer.allocUnsafe(Math.min(bytes, bufferBytes));
      this.regions.set(agency, { position, end: position + bytes, buffer, buffered: 0 });
      position += bytes;
    }
    files.remove(path);
    this.fd = files.open(path, true);
  }

  /**
   * Writes some more.
   *
   * @returns whether all is written, and on disk
   */
  step(): boolean {
    const rows = this.spool.take(LIMITS.scanChunkBytes);
    forEachAgency(rows, (agency, start, end) => {
      this.add(agency, rows.subarray(start, end));
    });
    if (rows.length > 0) return false;
    for (const region of this.regions.values()) {
      this.flush(region);
      invariant(region.position === region.end, 'winners were counted and not found');
    }
    this.files.sync(this.fd);
    this.close();
    return true;
  }

  close(): void {
    if (this.isOpen) closeQuietly(this.files, [this.fd]);
    this.isOpen = false;
  }

  private add(agency: number, rows: Uint8Array): void {
    const region = this.regions.get(agency);
    invariant(region !== undefined, 'a winner of an agency without winners');
    for (let at = 0; at < rows.length;) {
      if (region.buffered === region.buffer.length) this.flush(region);
      const count = Math.min(rows.length - at, region.buffer.length - region.buffered);
      region.buffer.set(rows.subarray(at, at + count), region.buffered);
      region.buffered += count;
      at += count;
    }
  }

  private flush(region: Region): void {
    const bytes = region.buffer.subarray(0, region.buffered);
    invariant(region.position + bytes.length <= region.end, 'more winners than were counted');
    writeAll(this.files, this.fd, [bytes], region.position);
    region.position += bytes.length;
    region.buffered = 0;
  }
}
