/**
 * What agencies ask and the central answers, free of any wire format. The session knows these and
 * no bytes; a codec for each dialect turns bytes into commands and replies into bytes.
 */
import type { FrameBuffer } from '../net/frame-buffer';
import type { RejectReason, WireErrorCode } from './codes';

export type Command =
  | { readonly kind: 'introduce'; readonly agency: number; readonly token: Buffer }
  | BetsCommand
  | { readonly kind: 'finished'; readonly total: number }
  | { readonly kind: 'ask_winners'; readonly first: number; readonly wait: boolean }
  | { readonly kind: 'goodbye' };

/** Bets to store, as rows of `bets.csv`. */
export interface BetsCommand {
  readonly kind: 'bets';
  /** How the agency sent them: one bet on its own, or a batch. */
  readonly form: 'bet' | 'batch';
  /** How many bets of the agency come before these. */
  readonly offset: number;
  /** CRC-32 of the agency's rows up to and including these. */
  readonly checksum: number;
  /** How many rows there should be. */
  readonly count: number;
  readonly rows: Buffer;
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
  | { readonly kind: 'not_yet'; readonly pending: number; readonly retryAfterMs: number }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  | { readonly kind: 'error'; readonly code: WireErrorCode; readonly text: string }
  | { readonly kind: 'goodbye'; readonly retryAfterMs: number };

/** The central's end of a dialect, for one connection. */
export interface ServerCodec {
  /** Room for documents in one `winners` reply, each counted with one byte for its length. */
  readonly winnersPageBytesMax: number;
  /** Bytes to hold of what is not decoded yet; none: as many as any connection. */
  readonly inputBytesMax?: number;
  /**
   * Takes the next whole command off `input`.
   *
   * @returns undefined while it is incomplete
   * @throws WireError when no further byte can mend what arrived
   */
  decode(input: FrameBuffer): Command | undefined;
  encode(reply: Reply): Buffer;
}
