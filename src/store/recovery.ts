/**
 * Brings a store back after whatever ended the central: the journal says what was committed, and
 * bets.csv is completed from it. A commit that was never completed is cut off; everything else
 * that does not fit together is refused (docs/ARCHITECTURE.md, "Recovery").
 */
import { join } from 'node:path';
import { readUpTo, writeAll, type FileDescriptor, type Files } from './files';
import { createSegments, Journal, SEGMENT_NAMES, type Segment } from './journal';
import { decodeSegmentHeader, type SegmentHeader } from './journal-format';
import { damaged, findRecord, replaySegment, type Replay } from './replay';
import { emptyState, type StoreState } from './state';

export const CSV_NAME = 'bets.csv';

export interface Recovered {
  readonly state: StoreState;
  readonly journal: Journal;
  readonly csv: FileDescriptor;
  /** Bytes of bets.csv that were missing and came back from the journal. */
  readonly restoredBytes: number;
  /** Whether a commit that was never completed was cut off. */
  readonly torn: boolean;
}

/** A segment file with what could be read of it. */
interface OpenSegment extends Segment {
  readonly bytes: Buffer;
  readonly header: SegmentHeader | null;
}

/**
 * @param segmentBytes size of a journal segment
 * @throws LoteriaError STORE_DAMAGED; or what `files` throws
 */
export function recover(files: Files, directory: string, segmentBytes: number): Recovered {
  const csvPath = join(directory, CSV_NAME);
  const csv = files.open(csvPath, true);
  try {
    files.syncDirectory(directory);
    if (!files.exists(join(directory, SEGMENT_NAMES[0]))) {
      const size = files.size(csv);
      if (size > 0) throw damaged(csvPath, 0, `${String(size)} bytes, but no journal beside it`);
      createSegments(files, directory, segmentBytes, emptyState());
    }
    return recoverSegments(files, directory, segmentBytes, csv, csvPath);
  } catch (error) {
    files.close(csv);
    throw error;
  }
}

function recoverSegments(
  files: Files,
  directory: string,
  segmentBytes: number,
  csv: FileDescriptor,
  csvPath: string,
): Recovered {
  const open: OpenSegment[] = [];
  try {
    for (const name of SEGMENT_NAMES) open.push(openSegment(files, join(directory, name)));
    const { replays, latest, spare } = replayAll(open);
    const last = replays.at(-1);
    if (last === undefined) throw damaged(latest.name, 0, 'no commit can be read');
    const base = replays[0]?.base ?? 0;
    const rows = replays.flatMap(({ replay }) => replay.rows);
    const { state } = last.replay;
    const restoredBytes = completeCsv(files, csv, csvPath, base, rows, state.csvBytes);
    const journal = new Journal(files, segmentBytes, latest, spare, latest.generation);
    journal.startSegment(state);
    journal.sync();
    return { state, journal, csv, restoredBytes, torn: last.replay.torn };
  } catch (error) {
    for (const segment of open) files.close(segment.fd);
    throw error;
  }
}

function openSegment(files: Files, path: string): OpenSegment {
  if (!files.exists(path)) throw damaged(path, 0, 'the file is missing');
  const fd = files.open(path, false);
  const bytes = readUpTo(files, fd, files.size(fd), 0);
  return { name: path, fd, bytes, header: decodeSegmentHeader(bytes) };
}

interface BasedReplay {
  /** Bytes of bets.csv before the segment. */
  readonly base: number;
  readonly replay: Replay;
}

interface AllReplays {
  /** Of one or two segments, older first. */
  readonly replays: readonly BasedReplay[];
  readonly latest: OpenSegment & { readonly generation: number };
  /** The other file, free to be used next. */
  readonly spare: OpenSegment;
}

function replayAll(segments: readonly OpenSegment[]): AllReplays {
  const [a, b] = segments;
  if (a === undefined || b === undefined) throw new TypeError('a journal has two segments');
  const [older, newer] = generationOf(a) < generationOf(b) ? [a, b] : [b, a];
  if (newer.header === null) throw damaged(a.name, 0, 'neither journal file has a whole header');
  const latest = { ...newer, generation: newer.header.generation };
  if (older.header === null) {
    refuseStarted(older, latest.generation + 1);
    return { replays: [replay(newer, newer.header)], latest, spare: older };
  }
  if (older.header.generation !== latest.generation - 1) {
    throw damaged(older.name, 8, `generation ${String(older.header.generation)} does not fit`);
  }
  const first = replay(older, older.header);
  if (!sameState(first.replay.state, newer.header.state)) {
    throw damaged(older.name, first.replay.end, `its commits do not lead up to ${newer.name}`);
  }
  return { replays: [first, replay(newer, newer.header)], latest, spare: older };
}

function generationOf(segment: OpenSegment): number {
  return segment.header?.generation ?? 0;
}

function replay(segment: OpenSegment, header: SegmentHeader): BasedReplay {
  const base = header.state.csvBytes;
  return { base, replay: replaySegment(segment.name, segment.bytes, header) };
}

/**
 * A file without a header is new, or was about to start a generation when the central ended. Then
 * nothing of that generation can have been committed; if something was, the header is damaged.
 */
function refuseStarted(segment: OpenSegment, generation: number): void {
  const record = findRecord(segment.bytes, 0, generation);
  if (record === null) return;
  const commit = String(record.sequence);
  throw damaged(segment.name, 0, `the header is damaged, but commit ${commit} is in the file`);
}

function sameState(a: StoreState, b: StoreState): boolean {
  return (
    a.csvBytes === b.csvBytes &&
    a.sequence === b.sequence &&
    a.draw?.id === b.draw?.id &&
    a.agencies.size === b.agencies.size &&
    [...a.agencies.values()].every((totals) => {
      const other = b.agencies.get(totals.agency);
      return (
        other?.stored === totals.stored &&
        other.checksum === totals.checksum &&
        other.finished === totals.finished
      );
    })
  );
}

/**
 * Makes bets.csv hold, from `base` on, exactly `rows`.
 *
 * What the disk had not yet taken when the machine stopped is missing, or reads as zeros, which no
 * row holds; both are completed. Other bytes were changed by somebody else.
 *
 * @returns bytes that were missing
 */
function completeCsv(
  files: Files,
  csv: FileDescriptor,
  name: string,
  base: number,
  rows: readonly Buffer[],
  end: number,
): number {
  const size = files.size(csv);
  if (size > end) {
    const extra = String(size - end);
    throw damaged(name, end, `${extra} bytes more than the journal accounts for`);
  }
  if (size < base) {
    const missing = String(base - size);
    throw damaged(name, size, `${missing} bytes are missing that the journal no longer holds`);
  }
  const found = readUpTo(files, csv, size - base, base);
  let at = 0;
  let restored = 0;
  for (const expected of rows) {
    const there = found.subarray(at, at + expected.length);
    if (!there.equals(expected)) {
      refuseForeign(name, base + at, there, expected);
      writeAll(files, csv, [expected], base + at);
      restored += expected.length;
    }
    at += expected.length;
  }
  files.sync(csv);
  return restored;
}

function refuseForeign(name: string, offset: number, there: Buffer, expected: Buffer): void {
  const foreign = there.findIndex((byte, i) => byte !== expected[i] && byte !== 0);
  if (foreign >= 0) throw damaged(name, offset + foreign, 'not what the journal says was stored');
}
