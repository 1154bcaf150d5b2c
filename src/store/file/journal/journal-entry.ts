/**
 * The entries of a commit, 28 bytes each. All integers are big-endian.
 *
 *      0  4  kind       1 bets            2 finished  3 draw       4 synced
 *      4  4  agency     agency            agency      id, 1st half
 *      8  4  count      bets              -           id, 2nd half
 *     12  4  bytes of   their rows        -           -
 *     16  8             bets of the       -           time, ms     bytes of bets.csv
 *                       agency now                    since 1970   on disk
 *     24  4  CRC-32 of  the agency's rows
 *
 *      0  4  kind       5 rejected        7 terms     8 agencies   6 details
 *      4  4             agency            agencies    from         24 bytes of JSON
 *      8  4             bets              -           to
 *     16  8             -                 -           time, ms since 1970
 *
 *      0  4  kind       9 salt
 *      4 12             -
 *     16  8             time, ms since 1970
 *
 *      0  4  kind       10 digest of all bets   11 digest of the acta
 *
 * Data that do not fit an entry follow in entries of details (`entry-details.ts`). A draw without details was
 * written by an earlier version.
 */
import { invariant } from '../../../base/invariant';
import type { JournalEntry } from '../../state';
import {
  DETAILS_KIND,
  detailsEntryBytes,
  detailsOf,
  DIGEST_DETAILS,
  DRAW_DETAILS,
  ENTRY_BYTES,
  readDetails,
  SALT_DETAILS,
  TERMS_DETAILS,
  writeDetails,
} from './entry-details';

const KIND = {
  bets: 1,
  finished: 2,
  draw: 3,
  csv_synced: 4,
  rejected: 5,
  terms: 7,
  agencies: 8,
  salt: 9,
  bets_digest: 10,
  acta_digest: 11,
} as const;

type BetsEntry = Extract<JournalEntry, { kind: 'bets' }>;
type OtherEntry = Exclude<JournalEntry, { kind: 'bets' }>;

/** Writes a whole number below 2^53 as 8 bytes. This is done for each batch, and a BigInt would be allocated. */
export function writeUint64(bytes: Buffer, value: number, at: number): void {
  invariant(Number.isSafeInteger(value) && value >= 0, 'a u64 must be a safe whole number');
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

/** How much of a record's entries one thing takes. */
export function entryBytes(entry: JournalEntry): number {
  return ENTRY_BYTES + detailsEntryBytes(detailsOf(entry));
}

/**
 * @param stored bets of the agency, with these
 * @returns where the next entry begins
 */
export function writeBetsEntry(head: Buffer, at: number, entry: BetsEntry, stored: number): number {
  head.writeUInt32BE(KIND.bets, at);
  head.writeUInt32BE(entry.agency, at + 4);
  head.writeUInt32BE(entry.count, at + 8);
  head.writeUInt32BE(entry.rows.length, at + 12);
  writeUint64(head, stored, at + 16);
  head.writeUInt32BE(entry.checksum, at + 24);
  return at + ENTRY_BYTES;
}

/** @returns where the next entry begins */
export function writeOtherEntry(head: Buffer, at: number, entry: OtherEntry): number {
  writeFields(head, at, entry);
  return writeDetails(head, at + ENTRY_BYTES, detailsOf(entry));
}

function writeFields(head: Buffer, at: number, entry: OtherEntry): void {
  switch (entry.kind) {
    case 'finished':
      head.writeUInt32BE(KIND.finished, at);
      head.writeUInt32BE(entry.agency, at + 4);
      return;
    case 'rejected':
      head.writeUInt32BE(KIND.rejected, at);
      head.writeUInt32BE(entry.agency, at + 4);
      head.writeUInt32BE(entry.count, at + 8);
      return;
    case 'csv_synced':
      head.writeUInt32BE(KIND.csv_synced, at);
      writeUint64(head, entry.bytes, at + 16);
      return;
    case 'draw':
    case 'bare_draw':
      invariant(/^[0-9a-f]{16}$/.test(entry.draw.id), 'a draw id has 16 hexadecimal digits');
      head.writeUInt32BE(KIND.draw, at);
      head.write(entry.draw.id, at + 4, 'hex');
      writeUint64(head, entry.draw.timeMs, at + 16);
      return;
    case 'terms':
      head.writeUInt32BE(KIND.terms, at);
      head.writeUInt32BE(entry.terms.agencies, at + 4);
      return;
    case 'agencies':
      head.writeUInt32BE(KIND.agencies, at);
      head.writeUInt32BE(entry.change.from, at + 4);
      head.writeUInt32BE(entry.change.to, at + 8);
      writeUint64(head, entry.change.timeMs, at + 16);
      return;
    case 'salt':
      head.writeUInt32BE(KIND.salt, at);
      writeUint64(head, entry.salt.timeMs, at + 16);
      return;
    case 'bets_digest':
    case 'acta_digest':
      head.writeUInt32BE(KIND[entry.kind], at);
  }
}

/** Where the entry at `at` ends, its details included. */
export function entryEnd(segment: Buffer, at: number, limit: number): number {
  let end = at + ENTRY_BYTES;
  while (end < limit && segment.readUInt32BE(end) === DETAILS_KIND) end += ENTRY_BYTES;
  return end;
}

/** Bytes of the rows that belong to the entry at `at`. */
export function rowBytesOfEntry(segment: Buffer, at: number): number {
  return segment.readUInt32BE(at) === KIND.bets ? segment.readUInt32BE(at + 12) : 0;
}

/** The agency's totals after the entry of bets at `at`. */
export function storedAfterEntry(segment: Buffer, at: number): number {
  return Number(segment.readBigUInt64BE(at + 16));
}

/**
 * @param end of the entry, its details included
 * @param rows of the entry
 * @returns null when this version does not know the entry
 */
export function decodeEntry(
  segment: Buffer,
  at: number,
  end: number,
  rows: Buffer,
): JournalEntry | null {
  const first = segment.readUInt32BE(at + 4);
  const second = segment.readUInt32BE(at + 8);
  const last = Number(segment.readBigUInt64BE(at + 16));
  const detailsAt = at + ENTRY_BYTES;
  switch (segment.readUInt32BE(at)) {
    case KIND.bets: {
      const checksum = segment.readUInt32BE(at + 24);
      return { kind: 'bets', agency: first, count: second, rows, checksum };
    }
    case KIND.finished:
      return { kind: 'finished', agency: first };
    case KIND.rejected:
      return { kind: 'rejected', agency: first, count: second };
    case KIND.csv_synced:
      return { kind: 'csv_synced', bytes: last };
    case KIND.agencies:
      return { kind: 'agencies', change: { from: first, to: second, timeMs: last } };
    case KIND.draw: {
      const draw = { id: segment.toString('hex', at + 4, at + 12), timeMs: last };
      if (detailsAt === end) return { kind: 'bare_draw', draw };
      const details = readDetails(DRAW_DETAILS, segment, detailsAt, end);
      return details && { kind: 'draw', draw: { ...draw, ...details } };
    }
    case KIND.terms: {
      const details = readDetails(TERMS_DETAILS, segment, detailsAt, end);
      return details && { kind: 'terms', terms: { agencies: first, ...details } };
    }
    case KIND.salt: {
      const details = readDetails(SALT_DETAILS, segment, detailsAt, end);
      return details && { kind: 'salt', salt: { ...details, timeMs: last } };
    }
    case KIND.bets_digest: {
      const details = readDetails(DIGEST_DETAILS, segment, detailsAt, end);
      return details && { kind: 'bets_digest', ...details };
    }
    case KIND.acta_digest: {
      const details = readDetails(DIGEST_DETAILS, segment, detailsAt, end);
      return details && { kind: 'acta_digest', ...details };
    }
    default:
      return null;
  }
}
