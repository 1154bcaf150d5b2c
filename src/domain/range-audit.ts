/** Reading bets.csv in ranges, in parallel: what a range is, and what comes of it. */
import type { Edition } from './contest';
import type { FileDamage, RowsPart } from './row-blocks';

/** One range to read. */
export interface AuditRange extends RowsPart {
  readonly index: number;
  /** A descriptor, shared by all threads of the process. */
  readonly fd: number;
  readonly edition: Edition;
  /** The winning number; null: no winners are searched. */
  readonly number: number | null;
  /** Size of the blocks to hash, of which a range has whole ones; null: none are. */
  readonly blockBytes: number | null;
}

/** The bets of one agency in a range. */
export interface AgencyPart {
  readonly agency: number;
  /** Where the first of its rows begins in the file, and the last one ends. */
  readonly start: number;
  end: number;
  bets: number;
  bytes: number;
  /** CRC-32 of these bytes alone. */
  checksum: number;
  winners: number;
  /** Bytes of its rows among the winners. */
  winnerBytes: number;
}

/** The result of reading a range. */
export interface RangeAudit {
  readonly damage: FileDamage | null;
  readonly agencies: readonly AgencyPart[];
  /** `agency,document` CR LF for each winner, in stored order. */
  readonly winners: Uint8Array;
  /** SHA-256 of each block, joined. */
  readonly hashes: Uint8Array;
}

/** Hands out the ranges of a file, and takes the results. */
export interface RangesAudit {
  /** Of the whole file, from which a caller can tell whether worker threads pay. */
  readonly ranges: number;
  /** A range to read; null when all were handed out, or too many wait for one before theirs. */
  next(): AuditRange | null;
  /**
   * Adds the result of a range.
   *
   * @throws LoteriaError STORE_DAMAGED
   */
  take(range: AuditRange, outcome: RangeAudit): void;
}
