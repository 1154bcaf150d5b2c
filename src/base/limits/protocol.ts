/** What a message may hold, natively (docs/PROTOCOL.md, section 9) and in a legacy dialect (docs/DIALECTS.md). */
import { invariant } from '../invariant';
import { KIB, MIB } from './units';

export const PROTOCOL_LIMITS = {
  /** Largest frame in either direction, header included (course rule: 8 kB). */
  frameBytesMax: 8192,
  frameHeaderBytes: 4,
  /** Fields in front of the rows of a BATCH: offset, checksum, count. */
  batchFieldsBytes: 14,

  nameBytesMax: 512,
  documentDigitsMax: 10,
  betNumberMax: 9999,
  tokenBytesMax: 256,
  errorTextBytesMax: 256,
  agencyNumberMax: 65_535,

  /** Batches that an agency may have unanswered. */
  windowBatchesDefault: 8,
  windowBatchesMax: 64,

  /**
   * 2020 edition: the latest contestants of an agency, with which a known batch is compared. Covers a window of
   * full batches, which is what may be unanswered.
   */
  contestRowsComparedMax: 4096,
  /** Room for so many of them at first. */
  contestRowsComparedMin: 64,

  /** Longest message of a legacy dialect, and the rows that are made of one. */
  dialectMessageBytesMax: MIB,
  /** Bytes of rows that may come out of one byte of such a message: a quote or a comma becomes more. */
  dialectRowBytesPerByteMax: 3,
  /** Longest header before a message's counted bytes. */
  dialectHeaderBytesMax: 32,
  /** Bytes at the front of a message in which the agency is looked for when the rest cannot be had. */
  dialectHeadBytesMax: 64,
  /** One bet of the `tlv` dialect. */
  dialectBetBytesMax: 64 * KIB,
  /** Silence after which a message without an end mark is complete. */
  quietMs: 50,

  /** Bytes of documents, with one byte more for each, in a piece of a long reply. */
  winnersPieceBytesMax: 16 * KIB,

  /** Line of the echo exercise. */
  echoLineBytesMax: 1024,
};

const { frameBytesMax, frameHeaderBytes, batchFieldsBytes, nameBytesMax } = PROTOCOL_LIMITS;

invariant(
  2 * (2 * nameBytesMax + 2) + 64 + batchFieldsBytes + frameHeaderBytes <= frameBytesMax,
  'the longest valid bet must fit in one frame',
);
invariant(
  PROTOCOL_LIMITS.contestRowsComparedMin <= PROTOCOL_LIMITS.contestRowsComparedMax,
  'the first room must not be more than is kept',
);
invariant(
  // 20 bytes: the shortest row, `1,a,b,1,2000-01-01` and its end.
  PROTOCOL_LIMITS.contestRowsComparedMax >
    (PROTOCOL_LIMITS.windowBatchesDefault * (frameBytesMax - frameHeaderBytes)) / 20,
  'an agency must get an answer to all that it may have sent in vain',
);
