/** What an agency's session asks its driver to do. */
import type { LoteriaError } from '../../base/errors';
import type { LogDetails, LogResult } from '../../base/log';
import type { Command } from '../../protocol/commands';

export type AgencyAction =
  | { readonly kind: 'send'; readonly command: Command }
  | { readonly kind: 'seek'; readonly stored: number; readonly checksum: number }
  | { readonly kind: 'pull' }
  /** Drop the connection, if there is one, and make another after a while. */
  | {
      readonly kind: 'reconnect';
      readonly afterMs: number | undefined;
      /** What the central said, if it said something. */
      readonly reason: string | undefined;
    }
  | { readonly kind: 'ask_later'; readonly afterMs: number }
  /** Winners of the agency, in order; there may be more. */
  | { readonly kind: 'winners'; readonly documents: readonly string[] }
  /** Something went well; the pauses between attempts start anew if it was news. */
  | {
      readonly kind: 'progress';
      readonly acknowledged: boolean;
      readonly stored: number;
      readonly sourceBytes: number;
    }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'error';
      readonly action: string;
      readonly result: LogResult;
      readonly details: LogDetails;
    }
  | { readonly kind: 'done'; readonly outcome: AgencyOutcome }
  | { readonly kind: 'failed'; readonly error: LoteriaError };

export interface AgencyOutcome {
  /** Bets that the central has. */
  readonly stored: number;
  /** How many of them have won; null when that was not asked for. */
  readonly winners: number | null;
}
