import type { AgencyClientOptions } from './agency-client';
import type { AgencyOutcome } from './session/agency-action';
import type { Holding } from './session/witness';

/** The parts of an agency that do not depend on the dialect. */
export type CommonOptions = Omit<AgencyClientOptions, 'source' | 'window' | 'token'>;

/** An agency whose bets are at hand, before it is connected. */
export interface PreparedAgency {
  /** Bytes of the whole source, for progress; 0 when unknown. */
  readonly totalBytes: number;
  /** Rows that were left out so far because they are bad. */
  skippedRows(): number;
  create(options: CommonOptions): RunnableAgency;
}

export interface RunnableAgency {
  /** @returns null when it was stopped */
  run(): Promise<AgencyOutcome | null>;
  stop(): void;
  /** The bets acknowledged so far; null: no reply yet. */
  readonly holding: Holding | AcknowledgedCount | null;
}

/** The earlier systems have no checksum, and only bets of this run. */
export interface AcknowledgedCount {
  readonly stored: number;
}
