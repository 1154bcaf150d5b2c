/**
 * The commits in a journal segment, one record for each (docs/ARCHITECTURE.md, "The store").
 *
 * A record is a header, its entries (who advanced how far), and the rows that went to bets.csv. A
 * record without entries is no commit but a seal: the next commit overwrites it. All integers are
 * big-endian; what stands before the first record is in `segment-header.ts`.
 *
 *     header                                       entry
 *      0  4  "LNC1"                                 0  4  kind: 1 bets, 2 finished, 3 draw, 4 synced
 *      4  4  bytes of entries                       4  4  agency        (draw: first half of the id)
 *      8  8  generation of the segment              8  4  count of bets (draw: second half)
 *     16  8  number of the commit                  12  4  bytes of their rows
 *     24  8  bytes of bets.csv before it           16  8  bets of the agency now (draw: time, ms
 *     32  4  bytes of rows                                since 1970; synced: bytes on disk)
 *     36  4  CRC-32 in the header before this one  24  4  CRC-32 of all rows of the agency now
 *     40  4  CRC-32 of 0..40 and the entries
 *     44     entries, then rows
 *
 * The rows are covered through the CRC-32 of their agency, which the entries hold and the record's
 * own CRC-32 covers; since each record also holds the one before it, the last record vouches for
 * everything from the first.
 */
import { crc32 } from 'node:zlib';
import { invariant } from '../base/invariant';
import { totalsOf, type JournalEntry, type StoreState } from './state';

export const RECORD_MAGIC = Buffer.from('LNC1', 'latin1');
const RECORD_CRC_AT = 40;
export const RECORD_HEADER_BYTES = 44;
export const ENTRY_BYTES = 28;

const KIND = { bets: 1, finished: 2, draw: 3, csv_synced: 4 } as const;

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
