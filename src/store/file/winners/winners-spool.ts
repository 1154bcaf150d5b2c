/**
 * Winners in the order in which they are found, until all are: in memory while they are few, as they
 * nearly always are, and else in a file that is gone with the draw.
 */
import { LIMITS } from '../../../base/limits';
import {
  closeQuietly,
  readUpTo,
  writeAll,
  type FileDescriptor,
  type Files,
} from '../directory/files';

const LF = 0x0a;

export class WinnersSpool {
  private chunks: Uint8Array[] = [];
  private chunkBytes = 0;
  private fd: FileDescriptor | null = null;
  private fileBytes = 0;
  private readBytes = 0;

  /**
   * @param path of the file, if one is needed; the file of an interrupted draw is removed
   * @param memoryBytes to keep in memory
   */
  constructor(
    private readonly files: Files,
    private readonly path: string,
    private readonly memoryBytes: number = LIMITS.winnersSpoolBytes,
  ) {
    files.remove(path);
  }

  /** @param rows whole rows, which the spool may keep */
  add(rows: Uint8Array): void {
    this.chunks.push(rows);
    this.chunkBytes += rows.length;
    if (this.chunkBytes > this.memoryBytes) this.spill();
  }

  /**
   * Takes the next rows, when all have been added.
   *
   * @param bytesMax more than a row; rows that stayed in memory come in the pieces that were added
   * @returns none when there are no more
   */
  take(bytesMax: number): Uint8Array {
    if (this.fd !== null && this.readBytes < this.fileBytes) {
      const bytes = Math.min(bytesMax, this.fileBytes - this.readBytes);
      const read = readUpTo(this.files, this.fd, bytes, this.readBytes);
      const rows = read.subarray(0, read.lastIndexOf(LF) + 1);
      if (rows.length === 0) throw new RangeError(`${this.path} ends too early`);
      this.readBytes += rows.length;
      return rows;
    }
    return this.chunks.shift() ?? new Uint8Array(0);
  }

  /** Also after a draw that failed: its file is no part of the store, and a repeated draw finds all winners again. */
  close(): void {
    this.chunks = [];
    if (this.fd === null) return;
    closeQuietly(this.files, [this.fd]);
    this.fd = null;
    this.files.remove(this.path);
  }

  private spill(): void {
    this.fd ??= this.files.open(this.path, true);
    writeAll(this.files, this.fd, this.chunks, this.fileBytes);
    this.fileBytes += this.chunkBytes;
    this.chunks = [];
    this.chunkBytes = 0;
  }
}
