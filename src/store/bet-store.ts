/**
 * The interface between the lottery and a store engine. `file/` is the default engine;
 * test/store/conformance.ts tests the contract of every engine.
 *
 * The central that claimed an agency last owns it. Only the owner's entries are stored, so a session may
 * decide at once from the result of the claim: no other central can have changed it. Nothing that an
 * engine has answered may be lost: an engine with replicas answers only what a replica has, too.
 */
import type { Eventual } from '../base/eventual';
import type { WinningRow } from '../domain/contest-rows';
import type { Acta, BlockHashes } from './acta';
import type { AgencyTotals, LotteryState, StoreEntry } from './state';
import type { StoreKind } from './store-kind';

/** A group of entries that become durable together. */
export interface CommitGroup {
  /** In the order in which they happened. */
  readonly entries: readonly StoreEntry[];
  /**
   * Agencies whose replies depend on entries stored before, such as a known batch. The replies leave when the
   * engine has verified that those are durable and that this central still owns the agency.
   */
  readonly promises: ReadonlySet<number>;
}

/** What became of a {@link CommitGroup}: all of it is durable, but for what is refused here. */
export interface CommitResult {
  /**
   * Agencies that another central has claimed: nothing of this group was stored for them, and they must get no
   * acknowledgement. The entries of all others are durable. None in the 2020 edition, where the central itself
   * counts the winners of all agencies.
   */
  readonly refused: ReadonlySet<number>;
  /**
   * Whether they are refused because the engine cannot write now, and not because of another central. What
   * was stored of them is known when they are claimed again.
   */
  readonly isUnavailable?: boolean;
}

export const NONE_REFUSED: CommitResult = { refused: new Set() };

/** All winners of a draw, which are durable. */
export interface DrawnWinners extends Winners {
  /** Of all agencies. */
  readonly winners: number;
  /** SHA-256 of winners.csv, 64 hexadecimal digits. */
  readonly digest: string;
}

/** Totals of all bets, after each of them was accounted for. */
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

/** Events of an engine. */
export interface StoreListener {
  /** Called once or more: nothing can be stored any more, and the central must end. */
  onFailure(error: unknown): void;
  /** Counts what a database does; undefined: nobody counts. */
  readonly onEvent?: ((event: StoreEvent) => void) | undefined;
}

/** A standby was promoted, and is the primary now; what failed, and may pass, is repeated. */
export type StoreEvent = 'failover' | 'retry';

/** Where a store is, for errors and log lines. */
export interface StorePlace {
  /** The directory; of a database servers and name. */
  readonly name: string;
  /** What holds it: errors give other advice about files than about tables. */
  readonly kind: StoreKind;
}

/**
 * A store that is open. What it answers is durable; it may answer at once, as files mostly do. An error that ends
 * the central goes to {@link StoreListener.onFailure}, or is thrown, or what a promise rejects with.
 */
export interface BetStore extends StorePlace {
  /** What opening found, with what this central has committed since. */
  readonly state: Readonly<LotteryState>;

  /**
   * Makes this central the owner of an agency: from now on no other central's entries for it are stored. All
   * earlier {@link commit}s with entries of the agency must be done, and one claim of an agency is under way
   * at a time.
   *
   * @returns the agency's stored state; null: not available now, the agency may ask again later
   */
  claim(agency: number): Eventual<Readonly<AgencyTotals> | null>;

  /**
   * Makes a group durable, except for refused agencies. One commit at a time. An agency without bets and
   * without an owner may be finished without a claim.
   *
   * @param done called when everything not refused is durable; perhaps before this returns
   */
  commit(group: CommitGroup, done: (result: CommitResult) => void): void;

  /**
   * Makes entries of no agency durable beside {@link commit}, if the engine can: while a database does not take them,
   * agencies are served all the same.
   *
   * @returns those that are still to be committed; all of them, where an engine stores everything in one order
   * @throws LoteriaError STORE_DAMAGED, STORE_REFUSED; CONFIG_INVALID when other terms are stored
   */
  record(entries: readonly StoreEntry[]): Eventual<readonly StoreEntry[]>;

  /**
   * From now on reports agencies that other centrals have finished, durably. An engine for one central has
   * none to report.
   *
   * @param onFinished gets agencies that {@link state} did not have as finished, and has now
   */
  followOthers(onFinished: (agencies: readonly number[]) => void): void;

  /** Publishes the commitment to a random number; its terms are durable. */
  publishTerms(): Eventual<void>;

  /**
   * Hands out everything that is stored, in stored order; for the 2020 edition, at its start.
   *
   * @throws LoteriaError STORE_DAMAGED, STORE_IO
   */
  recall(use: (block: StoredBlock) => void): Eventual<void>;

  /**
   * The winners of an earlier draw; called once, before the first peer is served.
   *
   * @returns null when there was no draw
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
   * @throws LoteriaError STORE_DAMAGED, also when another digest is recorded, of them or of the acta;
   *   STORE_IO
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

  /** At shutdown, or after a failed start: cancels reads in progress, which fail. */
  abandon(): void;

  /** Closes everything; no commit may be under way. @param done called when closed */
  close(done: () => void): void;
}

/** An open store, with what keeps others out. */
export interface OpenStore {
  readonly store: BetStore;
  /** Lets others in; to be called when the store is closed. */
  readonly release: () => Promise<void>;
}

/** The outcome of the draw, for replies to agencies. */
export interface Winners {
  /** How many winners an agency has. */
  total(agency: number): number;
  /** Digits of all documents of an agency together. */
  digits(agency: number): number;
  /**
   * The winners of one agency from `first` on, in stored order, as many as fit.
   *
   * @param bytesMax bytes for documents, each counted with one byte for its length
   * @throws LoteriaError STORE_DAMAGED, or an error of the system below the store
   */
  page(agency: number, first: number, bytesMax: number): Eventual<readonly string[]>;
}
