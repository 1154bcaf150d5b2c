/**
 * The commit journal: two files of fixed size that take turns.
 *
 * Their space is written with zeros when they are made, so that a commit overwrites blocks that
 * the file system already knows: syncing it is then one write to the disk, without a change of
 * the file system's own records. When the current segment is full, the other one starts a new
 * generation with a snapshot of the state; by then bets.csv itself is on disk as far as the other
 * segment's commits reach, so that they are not needed any more.
 */
import { join } from 'node:path';
import { invariant } from '../base/invariant';
import { encodeRecord, encodeSegmentHeader } from './journal-format';
import { writeAll, type FileDescriptor, type Files } from './files';
import type { StoreEntry, StoreState } from './state';

/** Names of the two files in DATA_DIR. */
export const SEGMENT_NAMES = ['journal.a', 'journal.b'] as const;

/** Upper bound of what a record adds to its rows. */
const RECORD_OVERHEAD_BYTES = 44;
const ENTRY_BYTES = 28;
const ZEROS = Buffer.alloc(256 * 1024);

export interface Segment {
  readonly name: string;
  readonly fd: FileDescriptor;
}

export class Journal {
  private position = 0;
  private previousCrc = 0;
  /** Bytes of bets.csv when the current segment began. */
  private baseCsvBytes = 0;

  /**
   * @param current the segment in use; {@link startSegment} must follow
   * @param generation of the segment in use
   */
  constructor(
    private readonly files: Files,
    private readonly segmentBytes: number,
    private current: Segment,
    private other: Segment,
    private generation: number,
  ) {}

  /** How much of bets.csv must be on disk before {@link startSegment} may be called. */
  get csvBytesNeeded(): number {
    return this.baseCsvBytes;
  }

  /** Whether a commit of `entries` fits in the current segment. */
  fits(entries: readonly StoreEntry[]): boolean {
    return this.position + recordBytes(entries) + RECORD_OVERHEAD_BYTES <= this.segmentBytes;
  }

  /** Goes on in the other file, from `state`. Nothing is durable before the next sync. */
  startSegment(state: StoreState): void {
    [this.current, this.other] = [this.other, this.current];
    this.generation++;
    const header = encodeSegmentHeader(this.generation, state);
    invariant(header.length * 2 < this.segmentBytes, 'a snapshot must leave room for commits');
    writeAll(this.files, this.current.fd, [header], 0);
    this.position = header.length;
    this.previousCrc = header.readUInt32BE(36);
    this.baseCsvBytes = state.csvBytes;
  }

  /** Writes a commit; it is durable after the next sync. */
  append(state: StoreState, entries: readonly StoreEntry[]): void {
    const record = encodeRecord(this.generation, state, entries, this.previousCrc);
    invariant(this.position + record.bytes <= this.segmentBytes, 'a commit must fit its segment');
    writeAll(this.files, this.current.fd, record.buffers, this.position);
    this.position += record.bytes;
    this.previousCrc = record.crc;
  }

  sync(): void {
    this.files.sync(this.current.fd);
  }

  syncLater(done: (error: Error | null) => void): void {
    this.files.syncLater(this.current.fd, done);
  }

  close(): void {
    this.files.close(this.current.fd);
    this.files.close(this.other.fd);
  }
}

function recordBytes(entries: readonly StoreEntry[]): number {
  let bytes = RECORD_OVERHEAD_BYTES;
  for (const entry of entries) {
    bytes += ENTRY_BYTES + (entry.kind === 'bets' ? entry.rows.length : 0);
  }
  return bytes;
}

/**
 * Makes both files of a new journal. The first one appears last and whole, so that a directory
 * with `journal.a` always holds a complete journal.
 */
export function createSegments(
  files: Files,
  directory: string,
  segmentBytes: number,
  state: StoreState,
): void {
  const [first, second] = SEGMENT_NAMES;
  createSegment(files, directory, second, segmentBytes, Buffer.alloc(0));
  createSegment(files, directory, first, segmentBytes, encodeSegmentHeader(1, state));
}

function createSegment(
  files: Files,
  directory: string,
  name: string,
  segmentBytes: number,
  header: Buffer,
): void {
  const path = join(directory, name);
  const unfinished = `${path}.new`;
  files.remove(unfinished);
  const fd = files.open(unfinished, true);
  try {
    writeAll(files, fd, [header], 0);
    for (let at = header.length; at < segmentBytes; at += ZEROS.length) {
      writeAll(files, fd, [ZEROS.subarray(0, segmentBytes - at)], at);
    }
    files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(unfinished, path);
  files.syncDirectory(directory);
}
