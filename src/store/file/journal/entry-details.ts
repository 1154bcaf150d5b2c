/**
 * What does not fit the fields of a journal entry: JSON in entries of its own, which follow the entry.
 *
 *      0  4  kind: 6
 *      4 24  a piece of the JSON, UTF-8; the last one is padded with spaces
 */
import * as v from 'valibot';
import type { JournalEntry } from '../../state';

/** Of every entry, whatever its kind. */
export const ENTRY_BYTES = 28;
export const DETAILS_KIND = 6;

const DETAILS_AT = 4;
const PIECE_BYTES = ENTRY_BYTES - DETAILS_AT;
const SPACE = 0x20;
const NO_DETAILS = Buffer.alloc(0);

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

export const DRAW_DETAILS = v.object({ winningNumber: count, winners: count, digest: hash });
export const TERMS_DETAILS = v.object({
  winningNumber: v.nullable(
    v.variant('kind', [
      v.object({ kind: v.literal('fixed'), number: count }),
      v.object({ kind: v.literal('random'), seed: hash, salt: v.nullable(v.string()) }),
      v.object({ kind: v.literal('beacon'), seed: hash, source: v.string() }),
    ]),
  ),
});
export const SALT_DETAILS = v.object({ value: v.string() });
export const DIGEST_DETAILS = v.object({ digest: hash });

/** The JSON of an entry; often nothing. */
export function detailsOf(entry: JournalEntry): Buffer {
  switch (entry.kind) {
    case 'bets':
    case 'finished':
    case 'rejected':
    case 'csv_synced':
    case 'bare_draw':
    case 'agencies':
      return NO_DETAILS;
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
  }
}

function jsonOf(details: unknown): Buffer {
  return Buffer.from(JSON.stringify(details), 'utf8');
}

/** Bytes of the entries that hold these details. */
export function detailsEntryBytes(details: Buffer): number {
  return ENTRY_BYTES * Math.ceil(details.length / PIECE_BYTES);
}

/** @returns where the next entry begins */
export function writeDetails(head: Buffer, at: number, details: Buffer): number {
  let next = at;
  for (let from = 0; from < details.length; from += PIECE_BYTES) {
    head.writeUInt32BE(DETAILS_KIND, next);
    head.fill(SPACE, next + DETAILS_AT, next + ENTRY_BYTES);
    details.copy(head, next + DETAILS_AT, from, from + PIECE_BYTES);
    next += ENTRY_BYTES;
  }
  return next;
}

/**
 * @param at where the first entry of details begins
 * @param end of the last one
 * @returns null when they do not have the form
 */
export function readDetails<T>(
  schema: v.GenericSchema<unknown, T>,
  segment: Buffer,
  at: number,
  end: number,
): T | null {
  const pieces: Buffer[] = [];
  for (let piece = at; piece < end; piece += ENTRY_BYTES) {
    pieces.push(segment.subarray(piece + DETAILS_AT, piece + ENTRY_BYTES));
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return result.success ? result.output : null;
}
