/**
 * The bytes of the commit journal (docs/ARCHITECTURE.md, "The store").
 *
 * A segment is a header with a snapshot of the state, then one record for each commit. A record is
 * a header, its entries (who advanced how far), and the rows that went to bets.csv. A record without
 * entries is no commit but a seal: the next commit overwrites it. All integers are big-endian.
 *
 *     segment header                        record header
 *      0  8  "LNJRNL02"                      0  4  "LNC1"
 *      8  8  generation of the segment       4  4  bytes of entries
 *     16  8  bytes of bets.csv before it     8  8  generation of the segment
 *     24  8  number of its first commit     16  8  number of the commit
 *     32  8  of these, known to be on disk  24  8  bytes of bets.csv before it
 *     40  4  bytes of the snapshot          32  4  bytes of rows
 *     44  4  CRC-32 of 0..44 and snapshot   36  4  CRC-32 in the header before this one
 *     48     snapshot, JSON                 40  4  CRC-32 of 0..40 and the entries
 *                                           44     entries, then rows
 *     entry
 *      0  4  kind: 1 bets, 2 finished, 3 draw, 4 bets.csv synced
 *      4  4  agency                  (draw: first half of the id)
 *      8  4  count of bets           (draw: second half of the id)
 *     12  4  bytes of their rows
 *     16  8  bets of the agency now  (draw: time, ms since 1970; synced: bytes on disk)
 *     24  4  CRC-32 of all rows of the agency now
 *
 * The rows are covered through the CRC-32 of their agency, which the entries hold and the record's
 * own CRC-32 covers; since each record also holds the one before it, the last record vouches for
 * everything from the first.
 */
import { crc32 } from 'node:zlib';
import { invariant } from '../base/invariant';
import type { Edition } from '../domain/edition-2020';
import {
  emptyState,
  totalsOf,
  type AgencyTotals,
  type JournalEntry,
  type StoreState,
} from './state';

const SEGMENT_MAGIC = Buffer.from('LNJRNL02', 'latin1');
const SEGMENT_CRC_AT = 44;
const SNAPSHOT_AT = 48;
export const RECORD_MAGIC = Buffer.from('LNC1', 'latin1');
const RECORD_CRC_AT = 40;
export const RECORD_HEADER_BYTES = 44;
export const ENTRY_BYTES = 28;

const KIND = { bets: 1, finished: 2, draw: 3, csv_synced: 4 } as const;

export interface SegmentHeader {
  readonly generation: number;
  /** The state before the segment's first commit. */
  readonly state: StoreState;
  /** Bytes of bets.csv that were known to be on disk when the segment began. */
  readonly csvSyncedBytes: number;
  readonly crc: number;
  /** Where the first record begins. */
  readonly bytes: number;
}

type SnapshotAgency = [agency: number, stored: number, checksum: number, finished: 0 | 1];

interface Snapshot {
  readonly agencies: readonly SnapshotAgency[];
  readonly draw: { readonly id: string; readonly timeMs: number } | null;
  /** Left out for the lottery. */
  readonly edition?: Edition;
}

export interface EncodedHeader {
  readonly bytes: Buffer;
  readonly crc: number;
}

/** @param csvSyncedBytes how much of bets.csv is known to be on disk */
export function encodeSegmentHeader(
  generation: number,
  state: StoreState,
  csvSyncedBytes: number,
): EncodedHeader {
  const agencies = [...state.agencies.values()].map((totals: AgencyTotals): SnapshotAgency => [
    totals.agency,
    totals.stored,
    totals.checksum,
    totals.finished ? 1 : 0,
  ]);
  const edition = state.edition === 'lottery' ? {} : { edition: state.edition };
  const body: Snapshot = { agencies, draw: state.draw, ...edition };
  const snapshot = Buffer.from(JSON.stringify(body), 'utf8');
  const header = Buffer.alloc(SNAPSHOT_AT);
  SEGMENT_MAGIC.copy(header);
  header.writeBigUInt64BE(BigInt(generation), 8);
  header.writeBigUInt64BE(BigInt(state.csvBytes), 16);
  header.writeBigUInt64BE(BigInt(state.sequence), 24);
  header.writeBigUInt64BE(BigInt(csvSyncedBytes), 32);
  header.writeUInt32BE(snapshot.length, 40);
  const crc = crc32(snapshot, crc32(header.subarray(0, SEGMENT_CRC_AT)));
  header.writeUInt32BE(crc, SEGMENT_CRC_AT);
  return { bytes: Buffer.concat([header, snapshot]), crc };
}

/** The header at the start of `segment`, or null when no whole one is there. */
export function decodeSegmentHeader(segment: Buffer): SegmentHeader | null {
  if (segment.length < SNAPSHOT_AT) return null;
  if (!segment.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) return null;
  const bytes = SNAPSHOT_AT + segment.readUInt32BE(40);
  const crc = segment.readUInt32BE(SEGMENT_CRC_AT);
  if (bytes > segment.length) return null;
  const snapshot = segment.subarray(SNAPSHOT_AT, bytes);
  if (crc32(snapshot, crc32(segment.subarray(0, SEGMENT_CRC_AT))) !== crc) return null;
  // The checksum holds: this is JSON that encodeSegmentHeader wrote.
  const { agencies, draw, edition } = JSON.parse(snapshot.toString('utf8')) as Snapshot;
  const state = emptyState(edition);
  state.csvBytes = Number(segment.readBigUInt64BE(16));
  state.sequence = Number(segment.readBigUInt64BE(24));
  state.draw = draw;
  for (const [agency, stored, checksum, finished] of agencies) {
    state.agencies.set(agency, { agency, stored, checksum, finished: finished === 1 });
  }
  const generation = Number(segment.readBigUInt64BE(8));
  const csvSyncedBytes = Number(segment.readBigUInt64BE(32));
  return { generation, state, csvSyncedBytes, crc, bytes };
}

/** A commit as it goes to disk: header and entries, then the rows. */
export interface EncodedRecord {
  readonly buffers: readonly Uint8Array[];
  readonly bytes: number;
  readonly crc: number;
}

/**
 * @param state before the commit; it is not changed
 * @param previousCrc of the record before this one, or of the segment's header
 */
export function encodeRecord(
  generation: number,
  state: StoreState,
  entries: readonly JournalEntry[],
  previousCrc: number,
): EncodedRecord {
  const head = Buffer.alloc(RECORD_HEADER_BYTES + entries.length * ENTRY_BYTES);
  const rows: Uint8Array[] = [];
  let rowBytes = 0;
  const stored = new Map<number, number>();
  entries.forEach((entry, i) => {
    const at = RECORD_HEADER_BYTES + i * ENTRY_BYTES;
    if (entry.kind === 'bets') {
      const before = stored.get(entry.agency) ?? totalsOf(state, entry.agency).stored;
      stored.set(entry.agency, before + entry.count);
      writeBetsEntry(head, at, entry, before + entry.count);
      rows.push(entry.rows);
      rowBytes += entry.rows.length;
    } else writeOtherEntry(head, at, entry);
  });
  RECORD_MAGIC.copy(head);
  head.writeUInt32BE(entries.length * ENTRY_BYTES, 4);
  head.writeBigUInt64BE(BigInt(generation), 8);
  head.writeBigUInt64BE(BigInt(state.sequence), 16);
  head.writeBigUInt64BE(BigInt(state.csvBytes), 24);
  head.writeUInt32BE(rowBytes, 32);
  head.writeUInt32BE(previousCrc, 36);
  const crc = recordCrc(head);
  head.writeUInt32BE(crc, RECORD_CRC_AT);
  return { buffers: [head, ...rows], bytes: head.length + rowBytes, crc };
}

function writeBetsEntry(
  head: Buffer,
  at: number,
  entry: Extract<JournalEntry, { kind: 'bets' }>,
  stored: number,
): void {
  head.writeUInt32BE(KIND.bets, at);
  head.writeUInt32BE(entry.agency, at + 4);
  head.writeUInt32BE(entry.count, at + 8);
  head.writeUInt32BE(entry.rows.length, at + 12);
  head.writeBigUInt64BE(BigInt(stored), at + 16);
  head.writeUInt32BE(entry.checksum, at + 24);
}

function writeOtherEntry(
  head: Buffer,
  at: number,
  entry: Exclude<JournalEntry, { kind: 'bets' }>,
): void {
  head.writeUInt32BE(KIND[entry.kind], at);
  if (entry.kind === 'finished') {
    head.writeUInt32BE(entry.agency, at + 4);
    return;
  }
  if (entry.kind === 'csv_synced') {
    head.writeBigUInt64BE(BigInt(entry.bytes), at + 16);
    return;
  }
  invariant(/^[0-9a-f]{16}$/.test(entry.draw.id), 'a draw id has 16 hexadecimal digits');
  head.write(entry.draw.id, at + 4, 'hex');
  head.writeBigUInt64BE(BigInt(entry.draw.timeMs), at + 16);
}

/** CRC-32 of a record's header, without its own place, and its entries. */
function recordCrc(head: Buffer): number {
  return crc32(head.subarray(RECORD_HEADER_BYTES), crc32(head.subarray(0, RECORD_CRC_AT)));
}

export interface RecordHeader {
  readonly generation: number;
  readonly sequence: number;
  readonly csvBytes: number;
  readonly previousCrc: number;
  readonly crc: number;
  readonly entriesAt: number;
  readonly rowsAt: number;
  readonly rowBytes: number;
  /** Where the record ends, which may be behind the end of a damaged segment. */
  readonly end: number;
}

/** The record header at `at` with its entries, or null when no whole one is there. */
export function decodeRecordHeader(segment: Buffer, at: number): RecordHeader | null {
  if (at + RECORD_HEADER_BYTES > segment.length) return null;
  if (!segment.subarray(at, at + RECORD_MAGIC.length).equals(RECORD_MAGIC)) return null;
  const entriesAt = at + RECORD_HEADER_BYTES;
  const entryBytes = segment.readUInt32BE(at + 4);
  const rowsAt = entriesAt + entryBytes;
  const crc = segment.readUInt32BE(at + RECORD_CRC_AT);
  if (entryBytes % ENTRY_BYTES !== 0 || rowsAt > segment.length) return null;
  if (recordCrc(segment.subarray(at, rowsAt)) !== crc) return null;
  const rowBytes = segment.readUInt32BE(at + 32);
  return {
    generation: Number(segment.readBigUInt64BE(at + 8)),
    sequence: Number(segment.readBigUInt64BE(at + 16)),
    csvBytes: Number(segment.readBigUInt64BE(at + 24)),
    previousCrc: segment.readUInt32BE(at + 36),
    crc,
    entriesAt,
    rowsAt,
    rowBytes,
    end: rowsAt + rowBytes,
  };
}

/** An entry as it was written, with what the agency's total must be afterwards. */
export interface DecodedEntry {
  readonly entry: JournalEntry;
  readonly storedAfter: number;
}

/**
 * The entries of a record whose header is whole, or null when its rows are not all there or do not
 * add up to what the entries say.
 */
export function decodeEntries(segment: Buffer, header: RecordHeader): DecodedEntry[] | null {
  if (header.end > segment.length) return null;
  const decoded: DecodedEntry[] = [];
  let rowsAt = header.rowsAt;
  for (let at = header.entriesAt; at < header.rowsAt; at += ENTRY_BYTES) {
    const bytes = segment.readUInt32BE(at + 12);
    const entry = decodeEntry(segment, at, segment.subarray(rowsAt, rowsAt + bytes));
    if (entry === null) return null;
    rowsAt += bytes;
    decoded.push({ entry, storedAfter: Number(segment.readBigUInt64BE(at + 16)) });
  }
  return rowsAt === header.end ? decoded : null;
}

function decodeEntry(segment: Buffer, at: number, rows: Buffer): JournalEntry | null {
  const agency = segment.readUInt32BE(at + 4);
  switch (segment.readUInt32BE(at)) {
    case KIND.bets: {
      const checksum = segment.readUInt32BE(at + 24);
      return { kind: 'bets', agency, count: segment.readUInt32BE(at + 8), rows, checksum };
    }
    case KIND.finished:
      return { kind: 'finished', agency };
    case KIND.draw: {
      const id = segment.toString('hex', at + 4, at + 12);
      return { kind: 'draw', draw: { id, timeMs: Number(segment.readBigUInt64BE(at + 16)) } };
    }
    case KIND.csv_synced:
      return { kind: 'csv_synced', bytes: Number(segment.readBigUInt64BE(at + 16)) };
    default:
      return null;
  }
}
