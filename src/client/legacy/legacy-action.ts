/** Settings, events and actions of a legacy session. */
import type { AgencyDialect, LegacyReply } from '../../protocol/dialects/agency/agency-dialect';
import type { CommonAction } from '../session/agency-action';
import type { LegacyBatch } from './packer';

/**
 * - `packing`: the next message of bets is being made.
 * - `connecting`: there is a request and no connection.
 * - `awaiting`: the request is sent.
 * - `pausing`: the request will be sent again.
 * - `ended`: done, or failed.
 */
export type LegacyPhase = 'packing' | 'connecting' | 'awaiting' | 'pausing' | 'ended';

export const LEGACY_TRANSITIONS: Readonly<Record<LegacyPhase, readonly LegacyPhase[]>> = {
  packing: ['packing', 'connecting', 'awaiting', 'ended'],
  connecting: ['awaiting', 'ended'],
  awaiting: ['packing', 'connecting', 'awaiting', 'pausing', 'ended'],
  pausing: ['connecting', 'awaiting', 'ended'],
  ended: [],
};

export type LegacyEvent =
  | { readonly kind: 'started' }
  /** null: there are no more bets. */
  | { readonly kind: 'packed'; readonly batch: LegacyBatch | null }
  | { readonly kind: 'connected' }
  /** A connection could not be made; it is tried again. */
  | { readonly kind: 'unreachable' }
  /** The connection is no more, or of no more use. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  | { readonly kind: 'reply'; readonly reply: LegacyReply }
  /** The bytes are no reply of the dialect. */
  | { readonly kind: 'nonsense'; readonly what: string }
  | { readonly kind: 'pause_over' };

/** The actions that only a legacy session has. */
export type LegacyRequest =
  | { readonly kind: 'pack' }
  /** Make a connection; `after` a failure, wait first. */
  | { readonly kind: 'connect'; readonly failure: string | null }
  /** `answer`: whether the central owes one soon, only after the draw, or none. */
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly answer: 'soon' | 'drawn' | 'none' }
  | { readonly kind: 'hang_up' }
  /** `busy`: the pause before asking again; `resend`: a pause that grows with the attempts. */
  | { readonly kind: 'pause'; readonly cause: 'busy' | 'resend'; readonly attempt: number };

export type LegacyAction = LegacyRequest | CommonAction;

export interface LegacySessionOptions {
  readonly dialect: AgencyDialect;
  /** Whether to declare the end of the bets, and to ask for the winners. */
  readonly finish: boolean;
}
