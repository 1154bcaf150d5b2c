/** Checking rows, inline and in worker threads (docs/PERFORMANCE.md, "Parsing policy"). */
import { KIB, MIB } from './units';

export const PARSING_LIMITS = {
  /** Rows copied at a time to where WebAssembly code checks them. */
  checkWindowBytes: 16 * KIB,
  /**
   * Main thread's time that parsing a turn's messages takes, from which on the pool does it. Time is
   * estimated from kinds and bytes: 50 us are less than 8 full batches, the window of an agency, which arrives
   * at once. A task costs the main thread as much as 12 batches do inline; the threshold is lower so that the
   * pool is used whenever agencies send as fast as they may.
   */
  pooledGroupUsMin: 50,
  /**
   * The same where a message alone may take as long, as in the legacy dialects, whose agencies wait for
   * each answer: what the trip adds to that must be small beside it.
   */
  pooledCostlyGroupUsMin: 300,
  /** The same for each worker's part of a group. */
  pooledTaskUsMin: 300,
  /** The same of all groups so far, from which on threads are worth starting, which takes 50 ms: 5 MB of rows. */
  poolStartUsMin: 5_000,
  /**
   * Parts of bets.csv from which on worker threads read them. Fewer are read sooner than threads start, which
   * takes 50 ms where a part takes 8.
   */
  pooledScanRangesMin: 4,
  /**
   * Messages of a turn, and what is made of them, in the memory that a worker shares: some 700 full messages of a
   * dialect. The system provides only what is used.
   */
  slabBytes: 12 * MIB,
  /** Tasks that wait for a worker, at most: ranges of bets.csv, and parts of a turn's messages. */
  poolTasksWaitingMax: 1_024,
  /** Worker threads where PARSE_WORKERS does not say: one for each core but one, at most. */
  workersDefaultMax: 4,
};
