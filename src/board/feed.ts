/**
 * The feed of the board: what the page and `loteria top` get, as JSON.
 *
 * `GET /events` is a stream of server-sent events: one `full` event, then one `delta` event a second. A
 * viewer that has missed deltas gets another `full` event, which replaces all that it has. `GET /status`
 * answers with one {@link FullEvent}.
 *
 * Only types, and of other files only those that import nothing: the page is compiled for the browser.
 */
import type { StoreKind } from '../store/store-kind';

/**
 * - `loading`: agencies send bets.
 * - `salt`: all have finished; the draw waits for the operator's salt.
 * - `drawing`: the winners are being looked for.
 * - `drawn`: the winners are known.
 *
 * In the 2020 edition, which has no draw, it stays `loading`.
 */
export type BoardPhase = 'loading' | 'salt' | 'drawing' | 'drawn';

/**
 * - `absent`: has not connected since the central started.
 * - `connected`: its handshake is over, and a connection is open; or was a moment ago, in dialects whose
 *   agencies open one for each message.
 * - `waiting`: the same, and its question for winners waits for the draw.
 * - `gone`: was connected, and is not now.
 */
export type AgencyConnection = 'absent' | 'connected' | 'waiting' | 'gone';

/** One agency, as a row of the table. */
export interface AgencyRow {
  /** From 1. */
  readonly agency: number;
  /** Bets that are durable. */
  readonly stored: number;
  /** Bets accepted, and on their way to the disk. The bets known of an agency are these and the stored ones. */
  readonly inFlight: number;
  /** Batches received and not answered. */
  readonly unanswered: number;
  /** Bets rejected for good, also before the central started. */
  readonly rejected: number;
  /** Whether it has declared the end of its bets, durably. */
  readonly finished: boolean;
  readonly connection: AgencyConnection;
  /** Of its last connection; empty: it had none. */
  readonly address: string;
  /** Handshakes after its first one since the central started, {@link connections} not counted. */
  readonly reconnects: number;
  /** Connections since the central started, in dialects whose agencies open many in one run. */
  readonly connections: number;
  /** Code of the last error that it was sent, as in the log; empty: none. */
  readonly lastError: string;
  /** When that was, in milliseconds since 1970; 0: never. */
  readonly lastErrorMs: number;
  /** The same as {@link BoardState.upMs} was then; 0: never. */
  readonly lastErrorUpMs: number;
  /** Its winners; null: not known before the draw. */
  readonly winners: number | null;
}

/** What has changed of an agency: its number, and the fields that have another value. */
export type AgencyChange = Pick<AgencyRow, 'agency'> & Partial<AgencyRow>;

/** An interval of about a second: what happened in it, and what the process looked like at its end. */
export interface Sample {
  /** Its end, in milliseconds since 1970. */
  readonly atMs: number;
  /** Its length: counts divided by it are rates. */
  readonly seconds: number;
  /** Bets that became durable. */
  readonly bets: number;
  /** Messages of bets that were checked. */
  readonly batches: number;
  /** Bytes received from agencies. */
  readonly bytes: number;
  /** Messages of bets rejected, and sessions ended with an error. */
  readonly rejects: number;
  /** Connections and handshakes refused: BUSY, unauthorised, failed TLS. */
  readonly handshakesRefused: number;
  /** Groups that were committed. */
  readonly commits: number;
  /** Entries of a group on average; 0: no group. */
  readonly groupEntries: number;
  /** From handing a group to the store until it was durable; 0: no group. */
  readonly commitP50Ms: number;
  readonly commitP99Ms: number;
  /** Calls of fdatasync; a database syncs itself, so that none is counted here. */
  readonly syncs: number;
  /** Time of a commit's fdatasync; 0: none. */
  readonly syncP50Ms: number;
  readonly syncP99Ms: number;
  /** How late the event loop was. */
  readonly loopDelayP50Ms: number;
  readonly loopDelayP99Ms: number;
  /** Messages of bets parsed on the main thread, and in worker threads. */
  readonly parsedInline: number;
  readonly parsedPooled: number;
  /** Tasks that are with, or wait for, worker threads. */
  readonly poolTasks: number;
  /** Bytes received and not processed, and replies that peers have not read. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly connections: number;
  readonly viewers: number;
  readonly turns: number;
  readonly slowTurns: number;
  /** The turn that kept the event loop busy for the longest time; null: there was no turn. */
  readonly slowestTurn: TurnSample | null;
}

/**
 * One turn of the central, from its read to the read of the next turn: read, parse, step, commit, reply,
 * reap. A commit does not hold the event loop: the turns meanwhile gather the next group. It is counted in
 * the turn in which the disk had it.
 */
export interface TurnSample {
  /** Counts turns since the central started. */
  readonly turn: number;
  /** Its beginning, in milliseconds since 1970. */
  readonly atMs: number;
  /** Connections that had input. */
  readonly ready: number;
  /** Whole messages read. */
  readonly frames: number;
  /** Bets that were checked, and the bytes of their rows. */
  readonly rows: number;
  readonly rowBytes: number;
  /** Whether worker threads parsed them. */
  readonly pooled: boolean;
  /** Entries of the group that became durable; 0: none did. */
  readonly committed: number;
  /** Replies sent. */
  readonly replies: number;
  /** Microseconds in each stage. */
  readonly readUs: number;
  readonly parseUs: number;
  readonly stepUs: number;
  /** The main thread's part of the commit: it writes, and the disk syncs while the next turns go on. */
  readonly writeUs: number;
  /** From handing the group to the store until it was durable. */
  readonly commitUs: number;
  readonly replyUs: number;
  readonly reapUs: number;
  /** What of that kept the event loop busy: all but waiting for the disk and for worker threads. */
  readonly busyUs: number;
  /** Whether that was so long that other connections noticed. */
  readonly slow: boolean;
}

/** What the draw came to. */
export interface DrawResult {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly winningNumber: number;
  /** Of all agencies. */
  readonly winners: number;
  /** Digest of all bets, a chained SHA-256 over their blocks, in hex; null: the acta is not written yet. */
  readonly betsDigest: string | null;
  /** Code of the error for which there is no acta, until the next start tries again; null: none. */
  readonly actaError: string | null;
  /** The command that checks the acta on the central's machine. */
  readonly verifyCommand: string;
}

/** The value of a public source, which the draw waits for. */
export interface AwaitedSalt {
  /** What will publish it, as people read it. */
  readonly source: string;
  /** The command that records it on the central's machine, with `VALUE` in its place, while no central runs. */
  readonly recordCommand: string;
}

export interface BoardState {
  readonly phase: BoardPhase;
  readonly edition: 'lottery' | '2020';
  /** Where bets are stored: files of this central, or a database that others may use too. */
  readonly store: StoreKind;
  /** Agencies that take part. */
  readonly expected: number;
  /** Of those, the ones that have finished. */
  readonly finished: number;
  /** Questions for winners that wait for the draw. */
  readonly waiting: number;
  /** Bets that are durable, of all agencies. */
  readonly bets: number;
  /** When the central started, in milliseconds since 1970. */
  readonly startedMs: number;
  /** How long ago that was, in milliseconds, by a clock that nobody sets. */
  readonly upMs: number;
  /** Published before the draw where the winning number is random, in hex; null: it is not. */
  readonly commitment: string | null;
  /** What the draw waits for in the phase `salt`; null: for nothing but agencies. */
  readonly salt: AwaitedSalt | null;
  readonly draw: DrawResult | null;
  /** The central is shutting down. */
  readonly stopping: boolean;
}

/** Everything that the board shows. */
export interface FullEvent {
  /** Of the program. A page that gets another one than before must be loaded again. */
  readonly version: string;
  /** Whether the board has a token, without which it shows nobody's documents. */
  readonly hasToken: boolean;
  readonly state: BoardState;
  /** All that take part, by number. */
  readonly agencies: readonly AgencyRow[];
  /** Oldest first; about one a second, those of the last minutes. */
  readonly samples: readonly Sample[];
  /** The last ones, oldest first. Not all: a busy central takes thousands a second. */
  readonly turns: readonly TurnSample[];
}

/** What has changed since the event before. */
export interface DeltaEvent {
  readonly state: BoardState;
  /** Those that have changed, by number. */
  readonly agencies: readonly AgencyChange[];
  readonly sample: Sample;
  /** The last ones since then, oldest first. */
  readonly turns: readonly TurnSample[];
}
