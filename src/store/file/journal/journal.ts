/**
 * The commit journal: two files of fixed size that take turns.
 *
 * Their space is written with zeros when they are made, so that a commit overwrites blocks that
 * the file system already knows: syncing it is then one write to the disk, without a change of
 * the file system's own records. When the current segment is full, the other one starts a new
 * generation with a snapshot of the state; by then bets.csv itself is on disk as far as the other
 * segment's commits reach, so that they are not needed any more.
 *
 * At most one thing that is not on disk yet is in the journal at any time, a header or a commit:
 * what recovery finds broken is that, or damage.
 */
import { join } from 'node:path';
import { invariant } from '../../../base/invariant';
import type { JournalEntry, StoreState } from '../../state';
import { replaceFile, writeAll, type FileDescriptor, type Files } from '../directory/files';
import { ENTRY_BYTES } from './entry-details';
import { entryBytes } from './journal-entry';
import { JournalMarks } from './journal-marks';
import type { JournalContents } from './journal-read';
import { encodeRecord, RECORD_HEADER_BYTES } from './journal-record';
import { encodeSegmentHeader } from './segment-header';

/** Names of the two files in DATA_DIR. */
export const SEGMENT_NAMES = ['journal.a', 'journal.b'] as const;

/** Bytes kept free after commits: for a `csv_synced` commit, and for a seal. */
const RESERVED_BYTES = RECORD_HEADER_BYTES + ENTRY_BYTES + RECORD_HEADER_BYTES;
const ZEROS = Buffer.alloc(256 * 1024);

export class Journal {
  /** Bytes of bets.csv when the current segment began. */
  private baseCsvBytes: number;
  private previousCrc: number;
  private position: number;
  private generation: number;
  private otherNeeded: boolean;
  private readonly marks: JournalMarks;

  /**
   * @param current the segment in use; {@link startSegment} must follow
   * @param from the result of reading it
   */
  constructor(
    private readonly files: Files,
    private readonly segmentBytes: number,
    private current: FileDescriptor,
    private other: FileDescriptor,
    from: Pick<JournalContents, 'generation' | 'end' | 'crc' | 'base' | 'standsAlone'>,
  ) {
    this.generation = from.generation;
    this.position = from.end;
    this.previousCrc = from.crc;
    this.baseCsvBytes = from.base;
    this.otherNeeded = !from.standsAlone;
    this.marks = new JournalMarks(files, [current, other]);
  }

  /**
   * What somebody else has changed in a file of the journal, as far as a look at a few places shows it.
   *
   * @returns null: nothing, or it is no file of the journal
   */
  differenceIn(fd: FileDescriptor): string | null {
    return this.marks.differenceIn(fd);
  }

  /**
   * Whether recovery still needs the other file. Then a `csv_synced` commit must be durable before
   * {@link startSegment} overwrites that file: a torn header may leave an old one before records that are
   * gone.
   */
  get needsOther(): boolean {
    return this.otherNeeded;
  }

  /** Whether a commit of `entries` fits in the current segment, and what must follow the last one. */
  fits(entries: readonly JournalEntry[]): boolean {
    return this.position + recordBytes(entries) + RESERVED_BYTES <= this.segmentBytes;
  }

  /** Whether a commit of `entries` fits in a segment that begins with `state`. */
  canHold(state: StoreState, entries: readonly JournalEntry[]): boolean {
    const { bytes } = encodeSegmentHeader(this.generation, state, 0);
    return bytes.length + recordBytes(entries) + RESERVED_BYTES <= this.segmentBytes;
  }

  /**
   * Continues in the other file, from `state`. A sync must follow before the first commit.
   *
   * @param csvSyncedBytes durable bytes of bets.csv; at least its length when the current segment began
   */
  startSegment(state: StoreState, csvSyncedBytes: number): void {
    invariant(
      csvSyncedBytes >= this.baseCsvBytes,
      'rows that only the journal has must stay in it',
    );
    invariant(!this.otherNeeded, 'a file that recovery needs must not be overwritten');
    [this.current, this.other] = [this.other, this.current];
    this.generation++;
    const { bytes, crc } = encodeSegmentHeader(this.generation, state, csvSyncedBytes);
    this.marks.noteHeader(this.current, null);
    writeAll(this.files, this.current, [bytes], 0);
    this.marks.noteHeader(this.current, bytes);
    this.position = bytes.length;
    this.previousCrc = crc;
    this.baseCsvBytes = state.csvBytes;
    this.otherNeeded = csvSyncedBytes < state.csvBytes;
  }

  /** Writes a commit; it is durable after the next sync. */
  append(state: StoreState, entries: readonly JournalEntry[]): void {
    const record = encodeRecord(this.generation, state, entries, this.previousCrc);
    const end = this.position + record.bytes + RECORD_HEADER_BYTES;
    invariant(entries.length > 0 && end <= this.segmentBytes, 'a commit must fit its segment');
    writeAll(this.files, this.current, record.buffers, this.position);
    this.marks.noteCommit(this.current, this.position, record.head);
    this.position += record.bytes;
    this.previousCrc = record.crc;
    if (entries.some(({ kind }) => kind === 'csv_synced')) this.otherNeeded = false;
  }

  /** Marks that the commit before was complete, until another commit takes the mark's place. */
  seal(state: StoreState): void {
    const { buffers } = encodeRecord(this.generation, state, [], this.previousCrc);
    writeAll(this.files, this.current, buffers, this.position);
  }

  sync(): void {
    this.files.sync(this.current);
  }

  syncLater(done: (error: Error | null) => void): void {
    this.files.syncLater(this.current, done);
  }
}

function recordBytes(entries: readonly JournalEntry[]): number {
  let bytes = RECORD_HEADER_BYTES;
  for (const entry of entries) {
    bytes += entryBytes(entry) + (entry.kind === 'bets' ? entry.rows.length : 0);
  }
  return bytes;
}

/**
 * Makes both files of a new journal. The first one appears last and whole, so that a directory
 * with `journal.a` always holds a complete journal. Both have a header, so that one that reads as zeros
 * is never taken for one that was not in use yet.
 */
export function createSegments(
  files: Files,
  directory: string,
  segmentBytes: number,
  state: StoreState,
): void {
  const [first, second] = SEGMENT_NAMES.map((name) => join(directory, name)) as [string, string];
  replaceFile(files, second, emptySegment(segmentBytes, encodeSegmentHeader(1, state, 0).bytes));
  replaceFile(files, first, emptySegment(segmentBytes, encodeSegmentHeader(2, state, 0).bytes));
}

function* emptySegment(segmentBytes: number, header: Buffer): Generator<Uint8Array> {
  yield header;
  for (let at = header.length; at < segmentBytes; at += ZEROS.length) {
    yield ZEROS.subarray(0, segmentBytes - at);
  }
}
