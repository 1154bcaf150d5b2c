/**
 * Reads a journal segment back: which commits it holds, and whether it ends as a segment may.
 *
 * At most one commit is ever under way, so only the very last one can be torn. Whatever is wrong
 * and is not that is damage, and refused.
 */
import { crc32 } from 'node:zlib';
import type { LoteriaError } from '../../../base/errors';
import { applyEntry, totalsOf, type StoreState } from '../../state';
import { damaged } from '../../store-error';
import {
  decodeEntries,
  decodeRecordHeader,
  entriesEndAt,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  type DecodedEntry,
  type RecordHeader,
} from './journal-record';
import { recordsFrom, type FoundRecord } from './record-search';
import type { Segment } from './segment';
import type { SegmentHeader } from './segment-header';

export interface Replay {
  /** The state after the last whole commit. */
  readonly state: StoreState;
  /** The rows of all commits, in order. */
  readonly rows: readonly Buffer[];
  /** Bytes of bets.csv that are known to be on disk. */
  readonly csvSyncedBytes: number;
  /** Where the last whole commit ends. */
  readonly end: number;
  /** CRC-32 in the header of the last whole commit. */
  readonly crc: number;
  /** Whether a commit was begun there and not completed; for the log only. */
  readonly torn: boolean;
}

/**
 * @param header of the segment; its state is taken over and changed
 * @throws LoteriaError STORE_DAMAGED
 */
export function replaySegment(segment: Segment, header: SegmentHeader): Replay {
  const { path } = segment;
  const { state, generation } = header;
  const rows: Buffer[] = [];
  let at = header.bytes;
  let crc = header.crc;
  let { csvSyncedBytes } = header;
  for (;;) {
    const record = recordAt(segment, at);
    if (record?.generation !== generation) break;
    if (record.sequence !== state.sequence || record.csvBytes !== state.csvBytes) {
      throw damaged(path, at, `commit ${String(record.sequence)} is out of order`);
    }
    if (record.previousCrc !== crc) throw damaged(path, at, 'the chain of checksums is broken');
    const entries = decodeEntries(segment.upTo(record.end), record);
    if (entries === 'unknown') throw damaged(path, at, 'a commit of another version');
    if (entries.length === 0) return { state, rows, csvSyncedBytes, end: at, crc, torn: false };
    if (entries === 'torn' || !rowsMatch(entries, state)) break;
    for (const { entry } of entries) {
      applyEntry(state, entry);
      if (entry.kind === 'bets') rows.push(entry.rows as Buffer);
      else if (entry.kind === 'csv_synced') csvSyncedBytes = entry.bytes;
    }
    state.sequence++;
    crc = record.crc;
    at = record.end;
  }
  refuseLaterRecord(segment, at, generation);
  const torn = isRecordBegun(segment, at, generation);
  return { state, rows, csvSyncedBytes, end: at, crc, torn };
}

/** Whether each agency's rows match the checksum and number of their entry. */
function rowsMatch(entries: readonly DecodedEntry[], before: StoreState): boolean {
  const now = new Map<number, { stored: number; checksum: number }>();
  for (const { entry, storedAfter } of entries) {
    if (entry.kind !== 'bets') continue;
    const { stored, checksum } = now.get(entry.agency) ?? totalsOf(before, entry.agency);
    if (storedAfter !== stored + entry.count) return false;
    if (crc32(entry.rows, checksum) !== entry.checksum) return false;
    now.set(entry.agency, { stored: storedAfter, checksum: entry.checksum });
  }
  return true;
}

/** The record at `at` in the chain: whole but for its rows, or null. */
function recordAt(segment: Segment, at: number): RecordHeader | null {
  const end = entriesEndAt(segment.upTo(at + RECORD_HEADER_BYTES), at);
  return end === null ? null : decodeRecordHeader(segment.upTo(end), at);
}

/**
 * A whole record of this segment after the end of its chain proves damage before it. (Records of an earlier
 * generation are remains of an earlier use of the segment.) One of a later generation proves more, wherever it is.
 */
function refuseLaterRecord(segment: Segment, end: number, generation: number): void {
  let later: FoundRecord | null = null;
  for (const record of recordsFrom(segment, end, generation)) {
    if (record.generation > generation) throw lostHeader(segment, record, generation);
    if (record.at > end) later ??= record;
  }
  if (later === null) return;
  throw damaged(segment.path, end, `damaged, since commit ${String(later.sequence)} follows it`);
}

/**
 * A record of a later generation than both headers proves that its header, which was durable first, is gone:
 * an earlier state was put in the place of the file while a central wrote to it. The next header of that
 * generation would lead to it again.
 *
 * @param latest the later generation of both headers
 */
export function refuseLostRecord(segment: Segment, from: number, latest: number): void {
  const lost = findRecord(segment, from, latest + 1);
  if (lost !== null) throw lostHeader(segment, lost, latest);
}

function lostHeader({ path }: Segment, lost: FoundRecord, latest: number): LoteriaError {
  const commit = `commit ${String(lost.sequence)} of generation ${String(lost.generation)}`;
  return damaged(
    path,
    lost.at,
    `${commit}, but the journal ends with generation ${String(latest)}: an earlier state was put in its place ` +
      'while a central used it',
  );
}

/** The first whole record of a generation, or a later one, at or after `from`. */
export function findRecord(segment: Segment, from: number, generation: number): FoundRecord | null {
  for (const record of recordsFrom(segment, from, generation)) return record;
  return null;
}

/** Whether a record of this generation begins at `at`, whole or not. */
function isRecordBegun(segment: Segment, at: number, generation: number): boolean {
  const head = segment.upTo(at + 16).subarray(at);
  if (head.length < 16) return head.some((byte) => byte !== 0);
  return (
    head.subarray(0, RECORD_MAGIC.length).equals(RECORD_MAGIC) &&
    head.readBigUInt64BE(8) === BigInt(generation)
  );
}
