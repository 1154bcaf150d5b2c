/**
 * A journal file that is read as far as it is needed: of the file that is not in use, recovery mostly looks at
 * the header only, and reading eight megabytes takes longer than everything else in a start.
 */
import { readUpTo, type FileDescriptor, type Files } from '../directory/files';
import { headerBytes, SNAPSHOT_AT } from './segment-header';

export class SegmentFile {
  private head: Buffer | null = null;
  private whole: Buffer | null = null;

  /** @param fd the file, open for as long as this is used */
  constructor(
    private readonly files: Files,
    readonly path: string,
    readonly fd: FileDescriptor,
  ) {}

  /** The bytes from the start to the end of the header; all of them, if no whole header is there. */
  get header(): Buffer {
    this.head ??= this.readHeader();
    return this.head;
  }

  get bytes(): Buffer {
    this.whole ??= this.read(this.files.size(this.fd));
    return this.whole;
  }

  private readHeader(): Buffer {
    const size = this.files.size(this.fd);
    const length = headerBytes(this.read(Math.min(size, SNAPSHOT_AT)));
    return length === null || length > size ? this.bytes : this.read(length);
  }

  private read(length: number): Buffer {
    return readUpTo(this.files, this.fd, length, 0);
  }
}
