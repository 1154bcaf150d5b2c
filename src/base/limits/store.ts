/** The store: journal, reading all bets, winners, acta. */
import { KIB, MIB } from './units';

export const STORE_LIMITS = {
  /** One journal segment; two of them take turns. */
  journalSegmentBytes: 8 * MIB,
  /** Largest count of rejected bets of an agency: the width of its journal field. */
  rejectedBetsCountedMax: 0xffff_ffff,
  /** Changes of the number of agencies that are kept one by one. */
  agenciesChangesMax: 100,
  /** Salt of a random number, and the name of its source. */
  drawSaltBytesMax: 256,
  /** How long a check of the store's files is valid for later commits. */
  storeCheckMs: 10,
  /** The end of the year 9999: what files keep has four digits for the year. */
  wallTimeMsMax: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
  /** Time for the holder of a directory's lock to answer that it is alive. */
  lockAnswerMs: 2_000,

  /** Bytes of bets.csv or winners.csv read at a time when all of it is read. */
  scanChunkBytes: 256 * KIB,
  /** Part of bets.csv that one task reads. */
  scanRangeBytes: 8 * MIB,
  /**
   * Parts that are read, or wait for one before theirs: each may hold 3 MiB of winners. As many workers, at
   * most, take part in a draw.
   */
  scanRangesUnderWayMax: 24,
  /** Room for the winners of one part at first. */
  rangeWinnersBytesMin: 4 * KIB,
  /** Winners kept in memory while the rest is looked for; more go to a file. */
  winnersSpoolBytes: 4 * MIB,
  /** Buffers of all agencies together while winners are written agency by agency. */
  winnersBuffersBytes: 8 * MIB,
  /** One agency's share of them at most. */
  winnersBufferBytesMax: 64 * KIB,
  /** Winners of an agency between two places of winners.csv that the central remembers. */
  winnersPerBlockMax: 256,

  /** Blocks of bets.csv whose hashes an acta lists: at most so many, and as small as that allows. */
  actaBlocksMax: 4_096,
  actaBlockBytesMin: 4 * KIB,
  /** Time for the acta to be written when the central stops; Docker gives it 10 s for everything. */
  actaStopTimeoutMs: 5_000,

  /** Time for the store to answer everything when the central stops; then it ends without. */
  storeStopTimeoutMs: 30_000,

  /** Time for a database server to take a connection and to say what it is. */
  storeConnectTimeoutMs: 2_000,
  /** Time for the database to answer a commit or a claim, its standby included; a failover takes longer. */
  storeAnswerTimeoutMs: 10_000,
  /** The same for a part of the bets, while all of them are read. */
  storeReadTimeoutMs: 60_000,
  /** When an answer took longer, the server is asked whether commits wait for a standby still. */
  storeDoubtMs: 20,
  /** How long a start waits for the lock on the lottery before it says so, and asks again. */
  storeLockTimeoutMs: 1_000,
  /** Time between two statements of a transaction, or for an answer to be acknowledged; then the database ends it. */
  storeIdleTransactionTimeoutMs: 30_000,
  /** Between two questions for what other centrals have done. */
  storePollMs: 1_000,
  /** Agencies that are claimed with one statement. */
  claimsPerStatementMax: 1_000,
  /** Batches that are read with one statement: some 2 MB. */
  batchesPerStatementMax: 256,
  /** Winners that are written or hashed with one statement. */
  winnersPerStatementMax: 10_000,
  /** Part of bets.csv that goes into a database with one statement, and into one of its rows. */
  importBlockBytes: 2 * MIB,
  importBatchBytes: 8 * KIB,
};
