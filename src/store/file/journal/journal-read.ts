/** Reads the journal's two files together: the state that they lead to, and the rows that they hold. */
import { isDeepStrictEqual } from 'node:util';
import type { StoreState } from '../../state';
import { damaged } from '../../store-error';
import { findRecord, refuseLostRecord, replaySegment, type Replay } from './replay';
import type { Segment } from './segment';
import {
  decodeSegmentHeader,
  generationBegun,
  headerBytes,
  SNAPSHOT_AT,
  type SegmentHeader,
} from './segment-header';

export interface JournalContents {
  /** The state after the last whole commit. */
  readonly state: StoreState;
  /** Bytes of bets.csv before {@link rows}; these are known to be on disk. */
  readonly base: number;
  /** The rows of all commits that bets.csv may not have yet, in order. */
  readonly rows: readonly Buffer[];
  /** Whether a commit was begun and not completed; for the log only. */
  readonly torn: boolean;
  /** Which of the two files is in use. */
  readonly latest: 0 | 1;
  readonly generation: number;
  /** Whether the other file is needed no more: bets.csv is on disk up to where this one began. */
  readonly standsAlone: boolean;
  /** Where the last whole commit ends in the file in use, and the CRC-32 in its header. */
  readonly end: number;
  readonly crc: number;
}

interface HeadedSegment {
  readonly segment: Segment;
  readonly index: 0 | 1;
  readonly header: SegmentHeader | null;
}

/** @throws LoteriaError STORE_DAMAGED; errors of reading */
export function readJournal(segments: readonly [Segment, Segment]): JournalContents {
  const a = withHeader(segments[0], 0);
  const b = withHeader(segments[1], 1);
  const [older, newer] = generationOf(a) < generationOf(b) ? [a, b] : [b, a];
  if (newer.header === null)
    throw damaged(a.segment.path, 0, 'neither journal file has a whole header');
  const { generation } = newer.header;
  const { index: latest, header } = newer;
  const { path } = newer.segment;
  const base = header.state.csvBytes;
  if (older.header === null) refuseUsed(older.segment, generation);
  else refuseLostRecord(older.segment, older.header.bytes, generation);
  const replay = replaySegment(newer.segment, header);
  const standsAlone = replay.csvSyncedBytes >= base;
  if (standsAlone) return { ...replay, base, latest, generation, standsAlone };
  if (older.header === null) {
    throw damaged(older.segment.path, 0, `the header is damaged, and ${path} does not stand alone`);
  }
  const olderBase = older.header.state.csvBytes;
  // The replay has changed the state that was decoded first.
  const begins = headerOf(newer.segment)?.state;
  const before = replayLeadingTo(begins, generation, path, older.segment, older.header);
  const rows = [...before.rows, ...replay.rows];
  return { ...replay, rows, base: olderBase, latest, generation, standsAlone };
}

function withHeader(segment: Segment, index: 0 | 1): HeadedSegment {
  // Both files are whole before they get their names. One without even a header may have held the last
  // state, of which the other one says nothing.
  const { path, size } = segment;
  if (size < SNAPSHOT_AT) throw damaged(path, size, 'the file is cut off');
  return { segment, index, header: headerOf(segment) };
}

function headerOf(segment: Segment): SegmentHeader | null {
  const bytes = headerBytes(segment.upTo(SNAPSHOT_AT));
  return bytes === null ? null : decodeSegmentHeader(segment.upTo(bytes));
}

function generationOf({ header }: HeadedSegment): number {
  return header?.generation ?? 0;
}

/**
 * A file without a whole header was about to start a generation when the central ended. Then a header of
 * that generation, or of the one before the other file's, begins there; and no commit of it can be there,
 * since the header is synced first. Anything else is damage, and may have been the last state.
 *
 * @param other the generation of the other file
 */
function refuseUsed(segment: Segment, other: number): void {
  const { path } = segment;
  const begun = generationBegun(segment.upTo(SNAPSHOT_AT));
  // Earlier versions made a journal with one header.
  if (other > 1 && begun !== other - 1 && begun !== other + 1) {
    throw damaged(path, 0, `no header is there, though the file was in use`);
  }
  const record = findRecord(segment, 0, other + 1);
  if (record === null) return;
  const commit = String(record.sequence);
  throw damaged(path, 0, `the header is damaged, but commit ${commit} is in the file`);
}

function replayLeadingTo(
  next: StoreState | undefined,
  nextGeneration: number,
  nextPath: string,
  segment: Segment,
  header: SegmentHeader,
): Replay {
  const { path } = segment;
  if (header.generation !== nextGeneration - 1) {
    throw damaged(path, 8, `generation ${String(header.generation)} does not fit ${nextPath}`);
  }
  const replay = replaySegment(segment, header);
  if (!isDeepStrictEqual(replay.state, next)) {
    throw damaged(path, replay.end, `its commits do not lead up to ${nextPath}`);
  }
  return replay;
}
