/**
 * What the two files of an open journal hold at a few known places. It is cheap to compare, and every other
 * state of the journal differs there, so that files that somebody changes in place are noticed.
 *
 * Writes reach the files before they are noted, in one step: at no other time do the two differ.
 */
import { readUpTo, type FileDescriptor, type Files } from '../directory/files';
import { RECORD_HEADER_BYTES } from './journal-record';
import { SNAPSHOT_AT } from './segment-header';

interface FileMarks {
  readonly bytes: number;
  /** The header up to its snapshot, with generation and CRC-32; null while it is being written. */
  header: Uint8Array | null;
}

interface CommitMark {
  readonly fd: FileDescriptor;
  readonly at: number;
  readonly head: Uint8Array;
}

export class JournalMarks {
  private readonly marks = new Map<FileDescriptor, FileMarks>();
  private lastCommit: CommitMark | null = null;

  constructor(
    private readonly files: Files,
    descriptors: readonly FileDescriptor[],
  ) {
    for (const fd of descriptors) this.marks.set(fd, { bytes: files.size(fd), header: null });
  }

  /** @param header null: it is about to be written */
  noteHeader(fd: FileDescriptor, header: Uint8Array | null): void {
    const marks = this.marks.get(fd);
    if (marks !== undefined) marks.header = header?.subarray(0, SNAPSHOT_AT) ?? null;
    this.lastCommit = null;
  }

  /** @param head the commit's header, perhaps with more behind it */
  noteCommit(fd: FileDescriptor, at: number, head: Uint8Array): void {
    this.lastCommit = { fd, at, head: head.subarray(0, RECORD_HEADER_BYTES) };
  }

  /** What is wrong with a file; null: nothing, or it is no file of the journal. */
  differenceIn(fd: FileDescriptor): string | null {
    const marks = this.marks.get(fd);
    if (marks === undefined) return null;
    if (this.files.size(fd) < marks.bytes) return 'it is cut off';
    if (marks.header !== null && !this.holds(fd, 0, marks.header)) return 'it has another header';
    const last = this.lastCommit;
    if (last?.fd !== fd || this.holds(fd, last.at, last.head)) return null;
    return 'the last commit is not in it';
  }

  private holds(fd: FileDescriptor, at: number, expected: Uint8Array): boolean {
    return readUpTo(this.files, fd, expected.length, at).equals(expected);
  }
}
