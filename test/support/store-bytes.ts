/** Journal bytes by the layout in docs, without the code under test. */
import { crc32 } from 'node:zlib';

const ENTRY_BYTES = 28;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export interface HeaderFields {
  readonly magic: 'LNJRNL02' | 'LNJRNL03' | 'LNJRNL04' | 'LNJRNL05';
  readonly generation: number;
  readonly csvBytes?: number;
  readonly sequence?: number;
  readonly csvSyncedBytes?: number;
  /** As JSON. */
  readonly snapshot: unknown;
}

/** The header of a segment, with its snapshot. */
export function segmentHeader(fields: HeaderFields): Buffer {
  const { magic, generation, csvBytes = 0, sequence = 1, csvSyncedBytes = csvBytes } = fields;
  const snapshot = Buffer.from(JSON.stringify(fields.snapshot), 'utf8');
  const front = Buffer.concat([
    Buffer.from(magic, 'latin1'),
    ...[generation, csvBytes, sequence, csvSyncedBytes].map(u64),
    u32(snapshot.length),
  ]);
  return Buffer.concat([front, u32(crc32(Buffer.concat([front, snapshot]))), snapshot]);
}

/** Where the CRC-32 of a header or of a record stands. */
export function crcOf(part: Buffer): number {
  return part.readUInt32BE(part.toString('latin1', 0, 4) === 'LNC1' ? 40 : 44);
}

export interface RecordFields {
  readonly generation: number;
  readonly sequence: number;
  readonly csvBytes?: number;
  readonly entries: readonly Buffer[];
  readonly rows?: Buffer;
  /** The header or the record in front. */
  readonly behind: Buffer;
}

export function record(fields: RecordFields): Buffer {
  const { generation, sequence, csvBytes = 0, rows = Buffer.alloc(0) } = fields;
  const entries = Buffer.concat(fields.entries);
  const front = Buffer.concat([
    Buffer.from('LNC1', 'latin1'),
    u32(entries.length),
    ...[generation, sequence, csvBytes].map(u64),
    u32(rows.length),
    u32(crcOf(fields.behind)),
  ]);
  return Buffer.concat([front, u32(crc32(Buffer.concat([front, entries]))), entries, rows]);
}

/** A record without entries, which marks that the commit in front of it was complete. */
export function seal(fields: Omit<RecordFields, 'entries'>): Buffer {
  return record({ ...fields, entries: [] });
}

/** One entry: its kind, and what stands behind it; the rest is zeros. */
function entry(kind: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  Buffer.concat([u32(kind), ...parts]).copy(bytes);
  return bytes;
}

export interface BetsFields {
  readonly agency: number;
  readonly count: number;
  readonly rows: Buffer;
  /** Bets of the agency with these. */
  readonly stored: number;
  readonly checksum: number;
}

export function betsEntry({ agency, count, rows, stored, checksum }: BetsFields): Buffer {
  return entry(1, u32(agency), u32(count), u32(rows.length), u64(stored), u32(checksum));
}

export const finishedEntry = (agency: number): Buffer => entry(2, u32(agency));

/** @param id 16 hexadecimal digits */
export function drawEntry(id: string, timeMs: number, details?: unknown): Buffer {
  const fields = entry(3, Buffer.from(id, 'hex'), u32(0), u64(timeMs));
  return details === undefined ? fields : Buffer.concat([fields, ...pieces(details)]);
}

export const rejectedEntry = (agency: number, count: number): Buffer =>
  entry(5, u32(agency), u32(count));

export function termsEntry(agencies: number, details: unknown): Buffer {
  return Buffer.concat([entry(7, u32(agencies)), ...pieces(details)]);
}

export const agenciesEntry = (from: number, to: number, timeMs: number): Buffer =>
  entry(8, u32(from), u32(to), u32(0), u64(timeMs));

export function saltEntry(timeMs: number, details: unknown): Buffer {
  return Buffer.concat([entry(9, u32(0), u32(0), u32(0), u64(timeMs)), ...pieces(details)]);
}

export function digestEntry(of: 'bets' | 'acta', details: unknown): Buffer {
  return Buffer.concat([entry(of === 'bets' ? 10 : 11), ...pieces(details)]);
}

/** An entry of a kind that nobody knows. */
export const entryOfKind = (kind: number): Buffer => entry(kind);

/** JSON in entries of details, spaces behind its end. */
function pieces(details: unknown): Buffer[] {
  const text = Buffer.from(JSON.stringify(details), 'utf8');
  const count = Math.ceil(text.length / (ENTRY_BYTES - 4));
  const padded = Buffer.alloc(count * (ENTRY_BYTES - 4), ' ');
  text.copy(padded);
  return Array.from({ length: count }, (_, i) => entry(6, padded.subarray(i * 24, i * 24 + 24)));
}

/** A segment file: header, records, zeros up to its size. */
export function segmentFile(bytes: number, ...parts: readonly Buffer[]): Buffer {
  const file = Buffer.alloc(bytes);
  Buffer.concat(parts).copy(file);
  return file;
}
