/**
 * What the central stores in, whatever that is: the seam between the lottery and an engine. `file/` is
 * the default engine; test/store/conformance.ts says what each one must do.
 *
 * An agency belongs to the central that claimed it last. Only that one's entries are stored, so that
 * a session may decide at once, from what the claim has answered: nobody else can have changed it.
 * Nothing that is answered may be lost again: an engine with replicas answers what a replica has, too.
 */
import type { Eventual } from '../base/eventual';
import type { WinningRow } from '../domain/contest-rows';
import type { Winners } from '../domain/winners';
import type { Acta, BlockHashes } from './acta';
import type { AgencyTotals, LotteryState, StoreEntry } from './state';

/** What is to become durable together. */
export interface CommitGroup {
  /** In the order in which they happened. */
  readonly entries: readonly StoreEntry[];
  /**
   * Agencies to which replies promise what was stored before, such as a batch that is known already.
   * The replies leave when the engine has made sure that it is durable and still this central's.
   */
  readonly promises: ReadonlySet<number>;
}

export interface CommitResult {
  /**
   * Agencies that another central has claimed: nothing of this group was stored for them, and nothing
   * may be promised to them. The entries of all others are durable.
   */
  readonly refused: ReadonlySet<number>;
}

export const NONE_REFUSED: CommitResult = { refused: new Set() };

/** All winners of a draw, which are durable. */
export interface DrawnWinners extends Winners {
  /** Of all agencies. */
  readonly winners: number;
  /** SHA-256 of winners.csv, 64 hexadecimal digits. */
  readonly digest: string;
}

/** What all bets come to, after each of them was accounted for. */
export interface BetsDigest {
  /** Bytes of bets.csv. */
  readonly csvBytes: number;
  readonly blocks: BlockHashes;
  /** What the bets were accounted for with. */
  readonly state: Readonly<LotteryState>;
}

/** Whole rows that are stored, and the winners among them. */
export interface StoredBlock {
  readonly rows: Buffer;
  readonly winners: readonly WinningRow[];
}

/** What an engine says by itself. */
export interface StoreListener {
  /** Called once: nothing can be stored any more, and the central must end. */
  onFailure(error: unknown): void;
}

export interface BetStore {
  /** Where it is, for errors and log lines. */
  readonly name: string;
  /** What opening found, with what this central has committed since. */
  readonly state: Readonly<LotteryState>;

  /**
   * Makes this central the owner of an agency: from now on no other one's entries for it are stored.
   * All entries of the agency that were handed to {@link commit} before must be done.
   *
   * @returns what is stored of it; null: the engine cannot tell now, and the agency may ask again later
   */
  claim(agency: number): Eventual<Readonly<AgencyTotals> | null>;

  /**
   * Makes a group durable, but for agencies that it refuses. One at a time. An agency without bets
   * that nobody has claimed may be finished without a claim.
   *
   * @param done called when all that was not refused is durable; perhaps before this returns
   */
  commit(group: CommitGroup, done: (result: CommitResult) => void): void;

  /** Publishes what the terms, which are durable, promise of a random number. */
  publishTerms(): Eventual<void>;

  /**
   * Hands out everything that is stored, in stored order; for the 2020 edition, at its start.
   *
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  recall(use: (block: StoredBlock) => void): Eventual<void>;

  /**
   * The winners of a draw that was made before; to be called once, before anybody is served.
   *
   * @returns null when none was made
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  loadWinners(): Eventual<Winners | null>;

  /**
   * Accounts for all bets and makes durable which of them have won. The draw itself is committed
   * afterwards; if that does not happen, the next draw finds the same winners.
   *
   * @param number whose bets win, 0 to 9999
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  findWinners(number: number): Eventual<DrawnWinners>;

  /**
   * Accounts for all bets and hashes them, in blocks of bets.csv.
   *
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  digest(): Eventual<BetsDigest>;

  /**
   * The acta of the draw; null: it has to be written yet.
   *
   * @throws LoteriaError STORE_DAMAGED when it is not that of this draw; STORE_IO
   */
  loadActa(): Eventual<Acta | null>;

  /** Keeps the acta, durably. @throws LoteriaError STORE_IO */
  saveActa(acta: Acta): Eventual<void>;

  /** The central ends, or does not begin: gives up what is being read, which fails. */
  abandon(): void;

  /** Lets go of everything, when no commit is under way. @param done called when it has */
  close(done: () => void): void;
}
