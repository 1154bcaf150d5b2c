/**
 * A journal file, read as far as it is needed. Most of a file is zeros, or remains of an earlier generation, which
 * recovery only searches: to have all of it in memory took longer than everything else that recovery does.
 */
import { LIMITS } from '../../../base/limits';
import { fill, type FileDescriptor, type Files } from '../directory/files';

export class Segment {
  /** As long as the file. The system provides memory only for what is written to it. */
  private readonly kept: Buffer;
  private keptBytes = 0;

  /**
   * @param path of the file, for errors
   * @param size of the file in bytes
   * @param readAt reads from a position on until the buffer is full or the file ends, and returns the part of the
   *   buffer that was read
   */
  constructor(
    readonly path: string,
    readonly size: number,
    readonly readAt: (into: Buffer, position: number) => Buffer,
  ) {
    this.kept = Buffer.allocUnsafe(size);
  }

  /** @throws errors of `files` */
  static of(files: Files, fd: FileDescriptor, path: string): Segment {
    return new Segment(path, files.size(fd), (into, position) => fill(files, fd, into, position));
  }

  /** The first `end` bytes, or all if there are fewer. */
  upTo(end: number): Buffer {
    if (end > this.keptBytes && this.keptBytes < this.size) {
      const ahead = Math.max(end, this.keptBytes + LIMITS.scanChunkBytes);
      this.keptBytes += this.readAt(
        this.kept.subarray(this.keptBytes, ahead),
        this.keptBytes,
      ).length;
    }
    return this.kept.subarray(0, Math.min(end, this.keptBytes));
  }
}
