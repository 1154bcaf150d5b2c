/**
 * Reads a journal segment back: which commits it holds, and whether it ends as a segment may.
 *
 * At most one commit is ever under way, so only the very last one can be torn. Whatever is wrong
 * and is not that is damage, and refused.
 */
import { crc32 } from 'node:zlib';
import { applyEntry, totalsOf, type StoreState } from '../../state';
import { damaged } from '../../store-error';
import {
  decodeEntries,
  decodeRecordHeader,
  RECORD_MAGIC,
  type DecodedEntry,
  type RecordHeader,
} from './journal-record';
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
 * @param name of the file, for errors
 * @param segment the whole file
 * @param header of the segment; its state is taken over and changed
 * @throws LoteriaError STORE_DAMAGED
 */
export function replaySegment(name: string, segment: Buffer, header: SegmentHeader): Replay {
  const { state, generation } = header;
  const rows: Buffer[] = [];
  let at = header.bytes;
  let crc = header.crc;
  let { csvSyncedBytes } = header;
  for (;;) {
    const record = decodeRecordHeader(segment, at);
    if (record?.generation !== generation) break;
    if (record.sequence !== state.sequence || record.csvBytes !== state.csvBytes) {
      throw damaged(name, at, `commit ${String(record.sequence)} is out of order`);
    }
    if (record.previousCrc !== crc) throw damaged(name, at, 'the chain of checksums is broken');
    const entries = decodeEntries(segment, record);
    if (entries === 'unknown') throw damaged(name, at, 'a commit of another version');
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
  refuseLaterRecord(name, segment, at, generation);
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

/**
 * A whole record of this segment after the end of its chain proves damage before it. (Records of an earlier
 * generation are remains of an earlier use of the segment.)
 */
function refuseLaterRecord(name: string, segment: Buffer, end: number, generation: number): void {
  refuseLostRecord(name, segment, end, generation);
  const later = findRecord(segment, end + 1, generation);
  if (later === null) return;
  throw damaged(name, end, `damaged, since commit ${String(later.sequence)} follows it`);
}

/**
 * A record of a later generation than both headers proves that its header, which was durable first, is gone:
 * an earlier state was put in the place of the file while a central wrote to it. The next header of that
 * generation would lead to it again.
 *
 * @param latest the later generation of both headers
 */
export function refuseLostRecord(
  name: string,
  segment: Buffer,
  from: number,
  latest: number,
): void {
  const lost = findRecord(segment, from, latest + 1);
  if (lost === null) return;
  const commit = `commit ${String(lost.sequence)} of generation ${String(lost.generation)}`;
  throw damaged(
    name,
    lost.at,
    `${commit}, but the journal ends with generation ${String(latest)}: an earlier state was put in its place ` +
      'while a central used it',
  );
}

/** The first whole record of a generation, or a later one, at or after `from`. */
export function findRecord(segment: Buffer, from: number, generation: number): RecordHeader | null {
  for (let at = from; ; at++) {
    at = segment.indexOf(RECORD_MAGIC, at);
    if (at < 0) return null;
    const record = decodeRecordHeader(segment, at);
    if (record !== null && record.generation >= generation) return record;
  }
}

/** Whether a record of this generation begins at `at`, whole or not. */
function isRecordBegun(segment: Buffer, at: number, generation: number): boolean {
  const head = segment.subarray(at, at + 16);
  if (head.length < 16) return head.some((byte) => byte !== 0);
  return (
    head.subarray(0, RECORD_MAGIC.length).equals(RECORD_MAGIC) &&
    head.readBigUInt64BE(8) === BigInt(generation)
  );
}
