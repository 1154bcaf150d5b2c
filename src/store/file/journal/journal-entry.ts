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
 * Data that do not fit an entry follow in entries of details, as JSON in pieces of 24 bytes, padded with
 * spaces. A draw without details was written by an earlier version.
 */
import * as v from 'valibot';
import { invariant } from '../../../base/invariant';
import type { JournalEntry } from '../../state';

export const ENTRY_BYTES = 28;

const KIND = {
  bets: 1,
  finished: 2,
  draw: 3,
  csv_synced: 4,
  rejected: 5,
  details: 6,
  terms: 7,
  agencies: 8,
  salt: 9,
  bets_digest: 10,
  acta_digest: 11,
} as const;

const DETAILS_AT = 4;
const DETAILS_BYTES = ENTRY_BYTES - DETAILS_AT;
const SPACE = 0x20;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const DRAW_DETAILS = v.object({ winningNumber: count, winners: count, digest: hash });
const TERMS_DETAILS = v.object({
  winningNumber: v.nullable(
    v.variant('kind', [
      v.object({ kind: v.literal('fixed'), number: count }),
      v.object({ kind: v.literal('random'), seed: hash, salt: v.nullable(v.string()) }),
      v.object({ kind: v.literal('beacon'), seed: hash, source: v.string() }),
    ]),
  ),
});
const SALT_DETAILS = v.object({ value: v.string() });
const DIGEST_DETAILS = v.object({ digest: hash });

type BetsEntry = Extract<JournalEntry, { kind: 'bets' }>;
type OtherEntry = Exclude<JournalEntry, { kind: 'bets' }>;

/** How much of a record's entries one thing takes. */
export function entryBytes(entry: JournalEntry): number {
  if (entry.kind === 'bets') return ENTRY_BYTES;
  return ENTRY_BYTES * (1 + Math.ceil(detailsOf(entry).length / DETAILS_BYTES));
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
  head.writeBigUInt64BE(BigInt(stored), at + 16);
  head.writeUInt32BE(entry.checksum, at + 24);
  return at + ENTRY_BYTES;
}

/** @returns where the next entry begins */
export function writeOtherEntry(head: Buffer, at: number, entry: OtherEntry): number {
  writeFields(head, at, entry);
  const details = detailsOf(entry);
  let next = at + ENTRY_BYTES;
  for (let from = 0; from < details.length; from += DETAILS_BYTES) {
    head.writeUInt32BE(KIND.details, next);
    head.fill(SPACE, next + DETAILS_AT, next + ENTRY_BYTES);
    details.copy(head, next + DETAILS_AT, from, from + DETAILS_BYTES);
    next += ENTRY_BYTES;
  }
  return next;
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
      head.writeBigUInt64BE(BigInt(entry.bytes), at + 16);
      return;
    case 'draw':
    case 'bare_draw':
      invariant(/^[0-9a-f]{16}$/.test(entry.draw.id), 'a draw id has 16 hexadecimal digits');
      head.writeUInt32BE(KIND.draw, at);
      head.write(entry.draw.id, at + 4, 'hex');
      head.writeBigUInt64BE(BigInt(entry.draw.timeMs), at + 16);
      return;
    case 'terms':
      head.writeUInt32BE(KIND.terms, at);
      head.writeUInt32BE(entry.terms.agencies, at + 4);
      return;
    case 'agencies':
      head.writeUInt32BE(KIND.agencies, at);
      head.writeUInt32BE(entry.change.from, at + 4);
      head.writeUInt32BE(entry.change.to, at + 8);
      head.writeBigUInt64BE(BigInt(entry.change.timeMs), at + 16);
      return;
    case 'salt':
      head.writeUInt32BE(KIND.salt, at);
      head.writeBigUInt64BE(BigInt(entry.salt.timeMs), at + 16);
      return;
    case 'bets_digest':
    case 'acta_digest':
      head.writeUInt32BE(KIND[entry.kind], at);
  }
}

/** What has no place in the entry itself, as JSON; often nothing. */
function detailsOf(entry: OtherEntry): Buffer {
  switch (entry.kind) {
    case 'draw': {
      const { winningNumber, winners, digest } = entry.draw;
      return jsonOf({ winningNumber, winners, digest });
    }
    case 'terms':
      return jsonOf({ winningNumber: entry.terms.winningNumber });
    case 'salt':
      return jsonOf({ value: entry.salt.value });
    case 'bets_digest':
    case 'acta_digest':
      return jsonOf({ digest: entry.digest });
    case 'finished':
    case 'rejected':
    case 'csv_synced':
    case 'bare_draw':
    case 'agencies':
      return Buffer.alloc(0);
  }
}

function jsonOf(details: unknown): Buffer {
  return Buffer.from(JSON.stringify(details), 'utf8');
}

/** Where the entry at `at` ends, its details included. */
export function entryEnd(segment: Buffer, at: number, limit: number): number {
  let end = at + ENTRY_BYTES;
  while (end < limit && segment.readUInt32BE(end) === KIND.details) end += ENTRY_BYTES;
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
  const hasDetails = end > at + ENTRY_BYTES;
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
      if (!hasDetails) return { kind: 'bare_draw', draw };
      const details = readDetails(DRAW_DETAILS, segment, at, end);
      return details && { kind: 'draw', draw: { ...draw, ...details } };
    }
    case KIND.terms: {
      const details = readDetails(TERMS_DETAILS, segment, at, end);
      return details && { kind: 'terms', terms: { agencies: first, ...details } };
    }
    case KIND.salt: {
      const details = readDetails(SALT_DETAILS, segment, at, end);
      return details && { kind: 'salt', salt: { ...details, timeMs: last } };
    }
    case KIND.bets_digest: {
      const details = readDetails(DIGEST_DETAILS, segment, at, end);
      return details && { kind: 'bets_digest', ...details };
    }
    case KIND.acta_digest: {
      const details = readDetails(DIGEST_DETAILS, segment, at, end);
      return details && { kind: 'acta_digest', ...details };
    }
    default:
      return null;
  }
}

function readDetails<T>(
  schema: v.GenericSchema<unknown, T>,
  segment: Buffer,
  at: number,
  end: number,
): T | null {
  const pieces: Buffer[] = [];
  for (let piece = at + ENTRY_BYTES; piece < end; piece += ENTRY_BYTES) {
    pieces.push(segment.subarray(piece + DETAILS_AT, piece + ENTRY_BYTES));
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return result.success ? result.output : null;
}
