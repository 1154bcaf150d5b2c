/**
 * Commands of agencies and replies of the central, independent of any wire format. The session handles
 * these and no bytes; a codec for each dialect decodes commands and encodes replies.
 */
import type { Eventual } from '../base/eventual';
import type { Edition } from '../domain/contest';
import type { FrameBuffer } from '../net/frame-buffer';
import type { ByteSource } from '../net/transport';
import type { RejectReason, WireErrorCode } from './codes';
import type { Conversion, MessageForm } from './conversion';

/** Of an agency that sends no token. */
export const NO_TOKEN = Buffer.alloc(0);

export type Command =
  | {
      readonly kind: 'introduce';
      readonly agency: number;
      readonly token: Buffer;
      /** A connection carries one request: others may act as the agency at the same time. */
      readonly shared?: boolean;
      /** What the agency takes part in; undefined: the lottery. */
      readonly edition?: Exclude<Edition, 'lottery'>;
    }
  | BetsCommand
  | FinishedCommand
  /** From an agency without bets whose dialect does not name the agency. */
  | { readonly kind: 'no_bets' }
  | AskWinnersCommand
  /** 2020 edition: how many winners all agencies have. */
  | { readonly kind: 'ask_total' }
  /** Heartbeat: requests a `pong` with the same bytes. */
  | { readonly kind: 'ping'; readonly echo: Buffer }
  /** A message that changes nothing and is answered in its turn; a problem is a rejection. */
  | {
      readonly kind: 'nothing';
      readonly problem: string | null;
      /** How many bets it brought that cannot be read, as far as can be seen. */
      readonly bets: number;
    }
  /** Bets of a message that was not taken: it was too long, or its rest did not come. There is no answer. */
  | {
      readonly kind: 'untaken_bets';
      /** Whose they are; null: that cannot be read. */
      readonly agency: number | null;
    }
  | { readonly kind: 'goodbye' };

/** Bets to store, as rows of `bets.csv`. */
export interface BetsCommand {
  readonly kind: 'bets';
  /** How the agency sent them: one bet on its own, or a batch. */
  readonly form: 'bet' | 'batch';
  /** How many bets of the agency come before these; null: appended to the stored ones. */
  readonly offset: number | null;
  /** CRC-32 of the agency's rows up to and including these; null: the dialect has none. */
  readonly checksum: number | null;
  /** How many rows there should be. */
  readonly count: number;
  readonly rows: Buffer;
}

/** The agency has no more bets. */
export interface FinishedCommand {
  readonly kind: 'finished';
  /** How many bets it sent; null: not in this dialect. */
  readonly total: number | null;
}

export interface AskWinnersCommand {
  readonly kind: 'ask_winners';
  /** Index of the first winner wanted. */
  readonly first: number;
  /** Hold the answer until the draw. */
  readonly wait: boolean;
  /** Allowed before the agency has finished: the answer is "not yet". */
  readonly early?: boolean;
  /** Whose winners, where the dialect names an agency once more. */
  readonly agency?: number;
}

/** How far an agency is: still loading, finished, or finished and drawn. */
export type AgencyStage = 'loading' | 'finished' | 'drawn';

export type Reply =
  | {
      readonly kind: 'welcome';
      readonly stored: number;
      readonly checksum: number;
      readonly window: number;
      readonly stage: AgencyStage;
    }
  | { readonly kind: 'ack'; readonly upTo: number }
  | {
      readonly kind: 'reject';
      readonly offset: number;
      readonly expected: number;
      /** Which bet of the batch, from 0; WHOLE_BATCH: the batch itself. */
      readonly index: number;
      readonly reason: RejectReason;
    }
  | {
      readonly kind: 'winners';
      readonly total: number;
      readonly first: number;
      readonly documents: readonly string[];
    }
  | ResultsReply
  | TotalReply
  /** Answers a `ping` with its bytes. */
  | { readonly kind: 'pong'; readonly echo: Buffer }
  | { readonly kind: 'not_yet'; readonly pending: number; readonly retryAfterMs: number }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  | { readonly kind: 'error'; readonly code: WireErrorCode; readonly text: string }
  | { readonly kind: 'goodbye'; readonly retryAfterMs: number };

/** All winners of an agency, which are read as they are sent. */
export interface AgencyWinners {
  readonly total: number;
  /** Digits of all documents together. */
  readonly digits: number;
  /** Documents from `first` on, as many as fit, each counted with one byte for its length. */
  page(first: number, bytesMax: number): Eventual<readonly string[]>;
}

/** 2020 edition: contestants are stored, and these of them have won. */
export interface ResultsReply {
  readonly kind: 'results';
  /** Every contestant before this offset is stored. */
  readonly upTo: number;
  /** How many of those have won. */
  readonly winners: number;
  /** Whether the answer ends here; otherwise more of its winners follow. */
  readonly isLast: boolean;
  /** Rows of winners among what is answered. */
  readonly rows: readonly Buffer[];
}

/** 2020 edition: the winners of all agencies. */
export interface TotalReply {
  readonly kind: 'total';
  readonly winners: number;
  /** Agencies that have not finished; 0: the total is final. */
  readonly pending: number;
}

/** One whole message of a legacy dialect (conversion.ts). */
export interface ForeignMessage {
  readonly kind: 'foreign';
  /** How its bets are written; null: it brings none. */
  readonly form: MessageForm | null;
  /** What is to be converted. */
  readonly bytes: Buffer;
  /**
   * Says what it leads to. To be called once for each message of a connection, in the order in which
   * they came.
   *
   * @param conversion of its bets; null where `form` is
   */
  readonly read: (conversion: Conversion | null) => readonly Command[];
}

/** The central's end of a dialect, for one connection. */
export interface ServerCodec {
  /**
   * Bytes for documents in one `winners` reply, each counted with one byte for its length. Infinity: no
   * pages, all winners are sent with {@link encodeAllWinners}.
   */
  readonly winnersPageBytesMax: number;
  /**
   * The extent of one run of an agency:
   *
   * - `resumed`: the agency reconnects after a lost connection and resumes;
   * - `connection`: one connection; bets that were not stored come in another run;
   * - `connections`: any number of connections, until the agency declares its end.
   */
  readonly run: 'resumed' | 'connection' | 'connections';
  /** Bound of undecoded bytes: the longest message, and what may directly follow it. */
  readonly inputBytesMax: number;
  /**
   * Takes the next whole command off `input`, or, where a dialect has several for a message, the whole
   * message.
   *
   * @returns undefined while it is incomplete; `later` when messages taken before must be read first
   * @throws WireError when more bytes cannot make the input valid
   */
  decode(input: FrameBuffer): Command | ForeignMessage | 'later' | undefined;
  /**
   * For dialects in which a message ends when nothing follows it: takes the message off that the
   * bytes at hand are if the peer is silent (LIMITS.quietMs) or will send no more. Called when
   * `decode` found none.
   */
  decodeRest?(input: FrameBuffer): ForeignMessage | undefined;
  /**
   * For the legacy dialects: what `input` begins with, when it will not be taken because it is too long or
   * its rest does not come. Leads to `untaken_bets`.
   *
   * @returns undefined when it brings no bets, as far as can be seen
   */
  untaken?(input: FrameBuffer): ForeignMessage | undefined;
  /** The reply's bytes; none where the dialect has no such reply. */
  encode(reply: Reply): Buffer;
  /** For dialects without pages: the one reply that holds all winners of an agency. */
  encodeAllWinners?(winners: AgencyWinners): ByteSource;
}
