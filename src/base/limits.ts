/**
 * Every bound of the system, in one place: sizes of queues and buffers, deadlines, counts.
 *
 * Names end in their unit. Relations between bounds are asserted below, so that a change that
 * breaks one of them fails at start-up and not under load.
 */
import { invariant } from './invariant';

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = Object.freeze({
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

  /** Bytes received and not yet decoded; above it the socket is paused. */
  inputBytesPerConnectionMax: 128 * KIB,
  /** The same over all connections; above it nothing is read, and unfinished frames are shed. */
  inputBytesTotalMax: 64 * MIB,
  /** Longest message of a legacy dialect (docs/DIALECTS.md), and the rows that are made of one. */
  dialectMessageBytesMax: MIB,
  /** Bytes of rows that may come out of one byte of such a message: a quote or a comma becomes more. */
  dialectRowBytesPerByteMax: 3,
  /** Longest header before a message's counted bytes. */
  dialectHeaderBytesMax: 32,
  /** One bet of the `tlv` dialect. */
  dialectBetBytesMax: 64 * KIB,
  /** The same as `inputBytesPerConnectionMax`, for connections that speak a legacy dialect. */
  dialectInputBytesMax: MIB + 128 * KIB,
  /** Silence after which a message without an end mark is complete. */
  quietMs: 50,
  /** Chunks kept for an incomplete frame before they are joined: tiny chunks cost more than bytes. */
  inputChunksPerConnectionMax: 16,
  /** Bytes sent and not yet taken by the peer; above it no more of its commands are read. */
  outputBytesUnreadMax: 64 * KIB,
  /** The same; above it the connection is dropped. */
  outputBytesPerConnectionMax: 256 * KIB,
  /** The same over all connections; above it only peers without unread replies are read. */
  outputBytesTotalMax: 64 * MIB,

  /** Bytes of documents, with one byte more for each, in a piece of a long reply. */
  winnersPieceBytesMax: 16 * KIB,
  /** Pieces of one such reply in one turn. */
  piecesPerTurnMax: 16,

  /** Frames of one connection in one turn, so that no connection starves another. */
  framesPerConnectionPerTurnMax: 16,
  /** Frames in one turn, which bounds a turn and its replies. */
  framesPerTurnMax: 2_048,
  /** Replies and log lines that wait for the disk; above it nothing is read (backpressure). */
  outcomesWaitingMax: 16_384,
  /** Row bytes of one connection in one turn: its share. */
  rowBytesPerConnectionPerTurnMax: 128 * KIB,
  /** Row bytes gathered for one commit; above it nothing is read (backpressure). */
  commitBytesMax: 2 * MIB,

  /** Messages of an unauthenticated peer that are rejected before its connection is closed. */
  unauthenticatedRejectsMax: 16,

  /** Largest count of rejected bets of an agency: the width of its journal field. */
  rejectedBetsCountedMax: 0xffff_ffff,
  /** Agencies whose count of rejected bets becomes durable with one commit. */
  rejectsPerCommitMax: 1_024,

  connectionsMax: 16_384,
  /** Connections of one address; generous, since the agencies of one machine share theirs. */
  connectionsPerAddressMax: 12_288,
  /** Descriptors reserved for files, pipes and threads. */
  descriptorsReservedMin: 64,
  /** Silence after which an unauthenticated or idle peer may be evicted. */
  unauthenticatedGraceMs: 1_000,
  /** Connections without a place: candidates, and those being sent BUSY. */
  connectionsAboveMax: 256,
  /** The least of the same where descriptors are few. */
  connectionsAboveMin: 4,
  /** Connections with a request each that an agency of `opcode` keeps when places are needed. */
  sharedConnectionsMax: 4,
  handshakeTimeoutMs: 10_000,
  frameTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  /** Time in which a peer may read nothing of its replies. */
  unreadTimeoutMs: 30_000,
  /** Checks within that time of how much the peer's system has taken. */
  unreadLooksMin: 4,
  /** Pause between two such checks, each of which reads a table of all connections. */
  unreadLookPauseMsMin: 1_000,
  /** Silence after which TCP keep-alive probes the peer. */
  keepAliveMs: 60_000,
  /** Time for a last reply to reach the peer after the central has ended the connection. */
  lingerTimeoutMs: 2_000,
  /** Time for the last bytes to leave when the central stops. */
  stopTimeoutMs: 500,
  /** Time for the acta to be written when the central stops; Docker gives it 10 s for everything. */
  actaStopTimeoutMs: 5_000,
  heldQuerySignMs: 5_000,
  busyRetryMs: 1_000,
  notYetRetryMs: 1_000,
  deadlineTickMs: 250,
  /** How long a check of the store's files is valid for later commits. */
  storeCheckMs: 10,

  /** One journal segment; two of them take turns. */
  journalSegmentBytes: 8 * MIB,
  /** Changes of the number of agencies that are kept one by one. */
  agenciesChangesMax: 100,
  /** Salt of a random number, and the name of its source. */
  drawSaltBytesMax: 256,

  /** Bytes of bets.csv or winners.csv read at a time when all of it is read. */
  scanChunkBytes: 256 * KIB,
  /** Part of bets.csv that one task reads. */
  scanRangeBytes: 8 * MIB,
  /**
   * Parts from which on worker threads read them. Fewer are read sooner than threads start, which takes
   * 50 ms where a part takes 8.
   */
  pooledScanRangesMin: 4,
  /** Parts that are read, or wait for one before theirs: each may hold 3 MiB of winners. */
  scanRangesUnderWayMax: 24,
  /** Winners kept in memory while the rest is looked for; more go to a file. */
  winnersSpoolBytes: 4 * MIB,
  /** Buffers of all agencies together while winners are written agency by agency. */
  winnersBuffersBytes: 8 * MIB,
  /** One agency's share of them at most. */
  winnersBufferBytesMax: 64 * KIB,
  /** Winners of an agency between two places of winners.csv that the central remembers. */
  winnersPerBlockMax: 256,
  /** Rows copied at a time to where WebAssembly code checks them. */
  checkWindowBytes: 16 * KIB,
  /**
   * Main thread's time that parsing a turn's messages takes, from which on the pool does it; below, the
   * trip takes longer (docs/PERFORMANCE.md, "Parsing policy"). Time is estimated from kinds and bytes:
   * 60 us are 8 full batches.
   */
  pooledGroupUsMin: 60,
  /**
   * The same where a message alone may take as long, as in the legacy dialects, whose agencies wait for
   * each answer: what the trip adds to that must be small beside it.
   */
  pooledCostlyGroupUsMin: 300,
  /** The same for each worker's part of a group. */
  pooledTaskUsMin: 300,
  /** The same of all groups so far, from which on threads are worth starting, which takes 50 ms: 5 MB of rows. */
  poolStartUsMin: 5_000,
  /** Messages of a turn, and what is made of them, in the memory that a worker shares. */
  slabBytes: 4 * MIB,
  /** Ranges of bets.csv that wait for a worker, at most. */
  poolTasksWaitingMax: 1_024,
  /** Worker threads where PARSE_WORKERS does not say: one for each core but one, at most. */
  workersDefaultMax: 4,

  /** Agency: bytes of its CSV file read at a time. */
  csvChunkBytes: 256 * KIB,
  /** Far above the longest valid row; a quote that is not closed must not eat up the memory. */
  csvRowBytesMax: 16 * KIB,
  /** Agency: pause before the second attempt to connect, and the longest one. */
  backoffMsMin: 100,
  backoffMsMax: 5_000,
  /** Agency: the longest pause that a central may request. */
  retryAfterMsMax: 60_000,
  /** Agency: multiple of `retry.for` for which it retries while the central answers BUSY. */
  busyRetriesForMax: 30,
  connectTimeoutMs: 5_000,
  /** Agency: silence of the central after which it drops the connection. */
  centralSilenceMsMax: 30_000,
  silenceTickMs: 1_000,
  /** Agency: replies without news per second; an honest central sends one now and then. */
  idleRepliesPerSecondMax: 64,
  /** Agency: times in a row, without progress, that another connection may replace it. */
  replacementsMax: 30,
  /** Agency: bytes that the central has not taken; above it nothing more is read (backpressure). */
  agencyUnsentBytesMax: MIB,

  /**
   * Agency, legacy dialects: largest message of bets. The original centrals of `opcode` and
   * `semicolon` need each message in one read, which takes this much.
   */
  legacyMessageBytesMax: 8192,
  /** The original central of `pipe` reads two blocks of this size at most. */
  pipeBlockBytes: 1024,
  /** Bets in a message of `pipe`: what the original agencies send. */
  pipeBetsMax: 30,
  /** Longest reply of a legacy central: winners, all in one, read piece by piece. */
  legacyReplyBytesMax: 1024 * MIB,
  /** Longest reply of a legacy central that holds no winners. */
  legacyAnswerBytesMax: 4 * KIB,
  /** Queries after which the agency repeats "ready" to a busy central of `opcode`. */
  legacyBusyRepliesMax: 15,
  /** Times that one message is resent at the request of a central of `pipe`. */
  legacyResendsMax: 5,

  /** Log lines that standard output has not taken; above it lines are dropped (docs/RELIABILITY.md). */
  logBufferBytesMax: 8 * MIB,
  /** Log lines written at a time. */
  logChunkBytes: 64 * KIB,
  /** Pause before a standard output that was full is tried again. */
  logRetryMs: 5,
  /** Time for standard output to take the rest when the process ends. */
  logDrainMs: 500,
  /** Period in which lines about one peer are counted. */
  logPeriodMs: 10_000,
  /** Lines about refusals of one peer in a period; more are counted only. */
  logRefusalsPerPeerMax: 32,
  /** Lines about connections of one address in a period; more are counted only. */
  logConnectionsPerPeerMax: 4_096,
  /** Peers whose lines are counted one by one; all others share one count. */
  logPeersMax: 1_024,

  echoLineBytesMax: 1024,
  /** Silence after which the input of an echo client counts as its whole message. */
  echoQuietMs: 200,
  echoTickMs: 100,
  workersMax: 64,

  /** Connections whose TLS handshake is under way. */
  tlsHandshakesMax: 1024,
  /** Where there are few descriptors, one of so many may be taken by a handshake. */
  descriptorsPerTlsHandshakeMin: 4,
  /** A file of certificates or of a key. */
  pemFileBytesMax: MIB,
  /** A file of certificate revocation lists: some 40 bytes for each certificate. */
  crlFileBytesMax: 16 * MIB,
  /** Longest file of secrets: a line for each possible agency, and as much again of comments. */
  secretsFileBytesMax: 16 * MIB,
});

invariant(
  LIMITS.inputBytesPerConnectionMax >= 2 * LIMITS.frameBytesMax,
  'a connection must be able to hold a frame while the next one arrives',
);
invariant(
  LIMITS.commitBytesMax + LIMITS.rowBytesPerConnectionPerTurnMax + LIMITS.dialectMessageBytesMax <
    LIMITS.journalSegmentBytes / 2,
  'a commit must fit in a fresh journal segment behind its snapshot',
);
invariant(
  LIMITS.rowBytesPerConnectionPerTurnMax >=
    LIMITS.frameBytesMax * LIMITS.framesPerConnectionPerTurnMax,
  'a share in bytes must not cut the share in frames',
);
invariant(
  LIMITS.dialectInputBytesMax - LIMITS.inputBytesPerConnectionMax / 2 >
    LIMITS.dialectMessageBytesMax + LIMITS.dialectHeaderBytesMax,
  'a connection that holds part of the longest message must go on reading',
);
invariant(
  // 20 bytes: the shortest row, `1,a,b,1,2000-01-01` and its end.
  LIMITS.contestRowsComparedMax >
    (LIMITS.windowBatchesDefault * (LIMITS.frameBytesMax - LIMITS.frameHeaderBytes)) / 20,
  'an agency must get an answer to all that it may have sent in vain',
);
invariant(
  2 * (2 * LIMITS.nameBytesMax + 2) + 64 + LIMITS.batchFieldsBytes + LIMITS.frameHeaderBytes <=
    LIMITS.frameBytesMax,
  'the longest valid bet must fit in one frame',
);
invariant(
  LIMITS.outputBytesPerConnectionMax >=
    LIMITS.outputBytesUnreadMax + LIMITS.framesPerConnectionPerTurnMax * LIMITS.frameBytesMax,
  'the outbox must hold what one turn answers to a peer that is still read',
);
invariant(
  LIMITS.outputBytesTotalMax >= LIMITS.framesPerTurnMax * LIMITS.frameBytesMax &&
    LIMITS.outputBytesTotalMax >= 16 * LIMITS.outputBytesPerConnectionMax,
  'one turn, or a few peers that do not read, must not use up the output of all',
);
invariant(
  LIMITS.inputBytesTotalMax >= 16 * LIMITS.inputBytesPerConnectionMax,
  'a few connections must not use up the input of all',
);
invariant(
  ascend(LIMITS.framesPerConnectionPerTurnMax, LIMITS.framesPerTurnMax, LIMITS.outcomesWaitingMax),
  'a turn must have room for the share of one connection, and its outcomes must fit',
);
invariant(
  ascend(LIMITS.connectionsPerAddressMax, LIMITS.connectionsMax),
  'one address must not be able to take every place',
);
invariant(
  ascend(LIMITS.unauthenticatedGraceMs, LIMITS.handshakeTimeoutMs),
  'a newcomer must have some time before its place is given away',
);
invariant(
  ascend(LIMITS.storeCheckMs, LIMITS.deadlineTickMs),
  'commits must not rely on a look that is older than a tick',
);
invariant(
  LIMITS.scanChunkBytes > 2 * LIMITS.frameBytesMax,
  'a chunk must hold more than the longest row',
);
invariant(
  LIMITS.checkWindowBytes >= LIMITS.frameBytesMax,
  'the rows of a batch must be copied at once',
);
invariant(
  LIMITS.logBufferBytesMax >= 64 * LIMITS.logChunkBytes,
  'the lines of a few turns must fit, also those of the lowest level',
);
invariant(
  LIMITS.agencyUnsentBytesMax > LIMITS.windowBatchesMax * LIMITS.frameBytesMax,
  'an agency must be able to send its whole window',
);
invariant(
  ascend(LIMITS.windowBatchesMax, LIMITS.idleRepliesPerSecondMax + 1),
  'a central that answers each batch of a window with the same offset is not flooding',
);
invariant(
  LIMITS.heldQuerySignMs * 3 <= LIMITS.centralSilenceMsMax,
  'an agency must see several signs of life before it gives up on the central',
);

/** Whether each bound is above the one before it. */
function ascend(...bounds: readonly number[]): boolean {
  return bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? bound));
}
