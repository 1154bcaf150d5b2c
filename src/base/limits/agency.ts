/** An agency: its CSV file, its patience with a central, and the centrals of earlier systems. */
import { invariant } from '../invariant';
import { KIB, MIB } from './units';

export const AGENCY_LIMITS = {
  /** Bytes of its CSV file read at a time. */
  csvChunkBytes: 256 * KIB,
  /** Far above the longest valid row; a quote that is not closed must not eat up the memory. */
  csvRowBytesMax: 16 * KIB,
  /** Characters shown of a bad value: of a bet, or of what a legacy central sent. */
  valueShownCharsMax: 60,
  /** With this many bets no batch of the course's data reaches 8 kB: 62 bytes each at the most. */
  batchBetsDefault: 130,
  batchBetsMax: 65_535,
  /** Bytes that the central has not taken; above it nothing more is read (backpressure). */
  agencyUnsentBytesMax: MIB,

  /** The longest pause between two batches of an agency with a pace. */
  paceGapMsMax: 10_000,
  connectTimeoutMs: 5_000,
  /** Pause before the second attempt to connect, and the longest one. */
  backoffMsMin: 100,
  backoffMsMax: 5_000,
  /** The longest pause that a central may request. */
  retryAfterMsMax: 60_000,
  /** Multiple of `retry.for` for which it retries while the central answers BUSY. */
  busyRetriesForMax: 30,
  /** Silence of the central after which it drops the connection. */
  centralSilenceMsMax: 30_000,
  silenceTickMs: 1_000,
  /** Replies without news per second; an honest central sends one now and then. */
  idleRepliesPerSecondMax: 64,
  /** Times in a row, without progress, that another connection may replace it. */
  replacementsMax: 30,
  /** Batches rejected in a row, without progress, after which sending again is pointless. */
  wrongOffsetsMax: 3,
  wrongChecksumsMax: 2,
  /** Pause between two log lines about its progress. */
  progressPeriodMs: 2_000,

  /**
   * Legacy dialects: largest message of bets. The original centrals of `opcode` and `semicolon` need each
   * message in one read, which takes this much.
   */
  legacyMessageBytesMax: 8192,
  /** The original central of `pipe` reads two blocks of this size at most. */
  pipeBlockBytes: 1024,
  /** Bets in a message of `pipe`: what the original agencies send. */
  pipeBetsMax: 30,
  /** Longest reply of a legacy central: winners, all in one, read piece by piece. */
  legacyReplyBytesMax: 1024 * MIB,
  /** What stands between two separators of that: a document, or a number of them. */
  legacyItemCharsMax: 20,
  /** Longest reply of a legacy central that holds no winners. */
  legacyAnswerBytesMax: 4 * KIB,
  /** Queries after which the agency repeats "ready" to a busy central of `opcode`. */
  legacyBusyRepliesMax: 15,
  /** Times that one message is resent at the request of a central of `pipe`. */
  legacyResendsMax: 5,
  /** Silence after which the input of an echo client counts as its whole message. */
  echoQuietMs: 200,
};

invariant(
  AGENCY_LIMITS.backoffMsMin < AGENCY_LIMITS.backoffMsMax &&
    AGENCY_LIMITS.backoffMsMin < AGENCY_LIMITS.retryAfterMsMax,
  'a pause must have room to grow',
);
