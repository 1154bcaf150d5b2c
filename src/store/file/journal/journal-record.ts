/**
 * The commits in a journal segment, one record for each (docs/ARCHITECTURE.md, "The store").
 *
 * A record is a header, its entries (how far each agency advanced), and the rows that go to bets.csv. A
 * record without entries is no commit but a seal: the next commit overwrites it. All integers are
 * big-endian. `segment-header.ts` describes the bytes before the first record.
 *
 *     header                                       entry
 *      0  4  "LNC1"                                 0  4  kind, see `journal-entry.ts`
 *      4  4  bytes of entries                       4 24  its fields
 *      8  8  generation of the segment
 *     16  8  number of the commit
 *     24  8  bytes of bets.csv before it
 *     32  4  bytes of rows
 *     36  4  CRC-32 in the header before this one
 *     40  4  CRC-32 of 0..40 and the entries
 *     44     entries, then rows
 *
 * The CRC-32 of each agency covers its rows. The entries hold it, and the record's own CRC-32 covers them.
 * Each record also holds the CRC-32 of the previous one, so the last record covers everything from the
 * first.
 */
import { crc32 } from 'node:zlib';
import { totalsOf, type JournalEntry, type StoreState } from '../../state';
import { ENTRY_BYTES } from './entry-details';
import {
  decodeEntry,
  entryBytes,
  entryEnd,
  rowBytesOfEntry,
  storedAfterEntry,
  writeBetsEntry,
  writeOtherEntry,
  writeUint64,
} from './journal-entry';

export const RECORD_MAGIC = Buffer.from('LNC1', 'latin1');
const RECORD_CRC_AT = 40;
export const RECORD_HEADER_BYTES = 44;

/** A commit as it goes to disk: header and entries, then the rows. */
export interface EncodedRecord {
  readonly buffers: readonly Uint8Array[];
  /** The first of them. */
  readonly head: Uint8Array;
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
  const entriesBytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  const head = Buffer.alloc(RECORD_HEADER_BYTES + entriesBytes);
  const rows: Uint8Array[] = [];
  let rowBytes = 0;
  const stored = new Map<number, number>();
  let at = RECORD_HEADER_BYTES;
  for (const entry of entries) {
    if (entry.kind === 'bets') {
      const before = stored.get(entry.agency) ?? totalsOf(state, entry.agency).stored;
      stored.set(entry.agency, before + entry.count);
      at = writeBetsEntry(head, at, entry, before + entry.count);
      rows.push(entry.rows);
      rowBytes += entry.rows.length;
    } else at = writeOtherEntry(head, at, entry);
  }
  RECORD_MAGIC.copy(head);
  head.writeUInt32BE(entriesBytes, 4);
  writeUint64(head, generation, 8);
  writeUint64(head, state.sequence, 16);
  writeUint64(head, state.csvBytes, 24);
  head.writeUInt32BE(rowBytes, 32);
  head.writeUInt32BE(previousCrc, 36);
  const crc = recordCrc(head);
  head.writeUInt32BE(crc, RECORD_CRC_AT);
  return { buffers: [head, ...rows], head, bytes: head.length + rowBytes, crc };
}

/** CRC-32 of a record's header, without its own place, and its entries. */
function recordCrc(head: Buffer): number {
  return crc32(head.subarray(RECORD_HEADER_BYTES), crc32(head.subarray(0, RECORD_CRC_AT)));
}

export interface RecordHeader {
  /** Where it begins in the segment. */
  readonly at: number;
  readonly generation: number;
  readonly sequence: number;
  readonly csvBytes: number;
  readonly previousCrc: number;
  readonly crc: number;
  readonly entriesAt: number;
  readonly rowsAt: number;
  /** End of the record, which may be past the end of a damaged segment. */
  readonly end: number;
}

/** Where the entries of the record at `at` end, if it is whole; null when no header begins there. */
export function entriesEndAt(segment: Buffer, at: number): number | null {
  if (at + RECORD_HEADER_BYTES > segment.length) return null;
  if (!segment.subarray(at, at + RECORD_MAGIC.length).equals(RECORD_MAGIC)) return null;
  const entriesBytes = segment.readUInt32BE(at + 4);
  return entriesBytes % ENTRY_BYTES === 0 ? at + RECORD_HEADER_BYTES + entriesBytes : null;
}

/** The generation of the record whose header begins at `at`. */
export function generationAt(segment: Buffer, at: number): number {
  return Number(segment.readBigUInt64BE(at + 8));
}

/** The record header at `at` with its entries, or null when no whole one is there. */
export function decodeRecordHeader(segment: Buffer, at: number): RecordHeader | null {
  const rowsAt = entriesEndAt(segment, at);
  if (rowsAt === null || rowsAt > segment.length) return null;
  const crc = segment.readUInt32BE(at + RECORD_CRC_AT);
  if (recordCrc(segment.subarray(at, rowsAt)) !== crc) return null;
  return {
    at,
    generation: generationAt(segment, at),
    sequence: Number(segment.readBigUInt64BE(at + 16)),
    csvBytes: Number(segment.readBigUInt64BE(at + 24)),
    previousCrc: segment.readUInt32BE(at + 36),
    crc,
    entriesAt: at + RECORD_HEADER_BYTES,
    rowsAt,
    end: rowsAt + segment.readUInt32BE(at + 32),
  };
}

/** An entry as written, with the agency's totals after it. */
export interface DecodedEntry {
  readonly entry: JournalEntry;
  readonly storedAfter: number;
}

/**
 * The entries of a record whose header is whole.
 *
 * @returns `torn` when rows are missing or do not match the entries, and `unknown` when another version
 *   wrote it, since its checksum holds
 */
export function decodeEntries(
  segment: Buffer,
  header: RecordHeader,
): DecodedEntry[] | 'torn' | 'unknown' {
  if (header.end > segment.length) return 'torn';
  const decoded: DecodedEntry[] = [];
  let rowsAt = header.rowsAt;
  for (let at = header.entriesAt; at < header.rowsAt;) {
    const end = entryEnd(segment, at, header.rowsAt);
    const rowsEnd = rowsAt + rowBytesOfEntry(segment, at);
    const entry = decodeEntry(segment, at, end, segment.subarray(rowsAt, rowsEnd));
    if (entry === null) return 'unknown';
    decoded.push({ entry, storedAfter: storedAfterEntry(segment, at) });
    rowsAt = rowsEnd;
    at = end;
  }
  return rowsAt === header.end ? decoded : 'torn';
}
