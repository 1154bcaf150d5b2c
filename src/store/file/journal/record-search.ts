/**
 * Looks for records anywhere in a journal file. It is read in pieces into one buffer: most of it is zeros or remains,
 * and nothing of it is kept.
 */
import { LIMITS } from '../../../base/limits';
import {
  decodeRecordHeader,
  entriesEndAt,
  generationAt,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  type RecordHeader,
} from './journal-record';
import type { Segment } from './segment';

/** A whole record: header and entries match their checksum. */
export type FoundRecord = Pick<RecordHeader, 'at' | 'generation' | 'sequence'>;

/**
 * Every whole record of a generation, or a later one, at or after `from`, in order.
 *
 * @param pieceBytes read at a time; at least a record's header
 */
export function* recordsFrom(
  segment: Segment,
  from: number,
  generation: number,
  pieceBytes = LIMITS.scanChunkBytes,
): Generator<FoundRecord> {
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, segment.size));
  // Pieces overlap by less than a header: each whole header is in exactly one of them.
  for (let start = from; start + RECORD_HEADER_BYTES <= segment.size;) {
    const piece = segment.readAt(buffer, start);
    const end = piece.length - RECORD_HEADER_BYTES + 1;
    // The file became shorter.
    if (end <= 0) return;
    for (let i = piece.indexOf(RECORD_MAGIC); i >= 0 && i < end;) {
      const record = recordIn(segment, start + i, piece.subarray(i), generation);
      if (record !== null) yield record;
      i = piece.indexOf(RECORD_MAGIC, i + 1);
    }
    start += end;
  }
}

/** @param begun what was read of the file from `at` on: a whole header, at least */
function recordIn(
  segment: Segment,
  at: number,
  begun: Buffer,
  generation: number,
): FoundRecord | null {
  const bytes = entriesEndAt(begun, 0);
  if (bytes === null || at + bytes > segment.size) return null;
  if (generationAt(begun, 0) < generation) return null;
  const whole = bytes > begun.length ? segment.readAt(Buffer.allocUnsafe(bytes), at) : begun;
  const record = decodeRecordHeader(whole, 0);
  return record === null ? null : { at, generation: record.generation, sequence: record.sequence };
}
