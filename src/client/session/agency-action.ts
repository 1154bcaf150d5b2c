/** Settings, events and actions of an agency's session. */
import type { LoteriaError } from '../../base/errors';
import type { LogDetails, LogResult } from '../../base/log/log';
import type { Command } from '../../protocol/commands';
import type { ReceivedReply } from '../../protocol/native/agency-codec';
import type { Batch } from '../csv/batch';

/**
 * - `offline`: there is no connection; one is being made, or waited for.
 * - `handshake`: INTRODUCE is sent, WELCOME has not come.
 * - `standing`: 2020 edition: WELCOME has come, the RESULTS behind it have not.
 * - `seeking`: the source goes to the offset that the central named.
 * - `loading`: batches are sent and acknowledged.
 * - `repeating`: 2020 edition: a batch that is stored is sent again, for its lost answer.
 * - `finishing`: FINISHED is sent.
 * - `asking`: the question for winners, or the total, is sent.
 * - `pausing`: the answer is not there yet; the question is sent again after a while.
 * - `ended`: done, or failed.
 */
export type AgencyPhase =
  | 'offline'
  | 'handshake'
  | 'standing'
  | 'seeking'
  | 'loading'
  | 'repeating'
  | 'finishing'
  | 'asking'
  | 'pausing'
  | 'ended';

/** A connection may be lost, and a mistake be found, in any phase. */
export const AGENCY_TRANSITIONS: Readonly<Record<AgencyPhase, readonly AgencyPhase[]>> = {
  offline: ['offline', 'handshake', 'ended'],
  handshake: ['standing', 'seeking', 'loading', 'offline', 'ended'],
  standing: ['seeking', 'loading', 'offline', 'ended'],
  seeking: ['loading', 'offline', 'ended'],
  loading: ['repeating', 'finishing', 'offline', 'ended'],
  repeating: ['finishing', 'offline', 'ended'],
  finishing: ['asking', 'offline', 'ended'],
  asking: ['asking', 'pausing', 'offline', 'ended'],
  pausing: ['pausing', 'asking', 'offline', 'ended'],
  ended: [],
};

/** What the session of any agency, whatever it speaks, asks its driver to do. */
export type CommonAction =
  /** Winners of the agency, in order; there may be more. */
  | { readonly kind: 'winners'; readonly documents: readonly string[] }
  /** A success; resets the backoff if it was progress. */
  | {
      readonly kind: 'progress';
      readonly acknowledged: boolean;
      readonly stored: number;
      readonly sourceBytes: number;
    }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warning' | 'error';
      readonly action: string;
      readonly result: LogResult;
      readonly details: LogDetails;
    }
  | { readonly kind: 'done'; readonly outcome: AgencyOutcome }
  | { readonly kind: 'failed'; readonly error: LoteriaError };

/** How to go on after a connection. */
export interface Reconnection {
  /** The pause that the central asked for. */
  readonly afterMs?: number;
  /** The reply of the central, if there was one. */
  readonly reason?: string;
  /** Whether another central may serve the agency; else it stays at this one. */
  readonly elsewhere: boolean;
}

/** What the session of the native protocol asks for beside that. */
export type NativeAction =
  | { readonly kind: 'send'; readonly command: Command }
  | { readonly kind: 'seek'; readonly stored: number; readonly checksum: number }
  | { readonly kind: 'pull' }
  /** Drop the connection, if there is one, and make another after a while. */
  | ({ readonly kind: 'reconnect' } & Reconnection)
  | { readonly kind: 'ask_later'; readonly afterMs: number };

export type AgencyAction = NativeAction | CommonAction;

export interface AgencyOutcome {
  /** Bets that the central has. */
  readonly stored: number;
  /** How many of them have won; null when not requested. */
  readonly winners: number | null;
}

/** What happens to an agency. */
export type AgencyEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'reply'; readonly reply: ReceivedReply }
  /** The source is where it was sent. */
  | { readonly kind: 'source_ready' }
  /** The source gave the batch that was pulled; null: there are no more. */
  | { readonly kind: 'pulled'; readonly batch: Batch | null }
  /** The time for another question for winners has come. */
  | { readonly kind: 'ask_again' }
  /** A second has passed: resets the counts per second. */
  | { readonly kind: 'second_over' };

/** Settings of an agency's session. */
export interface AgencySessionOptions {
  readonly agency: number;
  /** Batches to keep unanswered at most, whatever the central allows. */
  readonly window: number;
  /** The agency's secret; empty when it has none. */
  readonly token: Buffer;
  /** Whether to send FINISHED at the end, and to ask for the winners. */
  readonly finish: boolean;
}
