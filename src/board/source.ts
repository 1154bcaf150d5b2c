/** What the board shows, and where it comes from: the central implements this. */
import type { Telemetry } from '../telemetry/telemetry';
import type { AgencyRow, BoardState } from './feed';

/** What the central holds at the moment. */
export interface CentralGauges {
  /** By what the central knows of the peer. */
  readonly connections: Readonly<Record<ConnectionState, number>>;
  /** Bytes received and not processed. */
  readonly inputBytes: number;
  /** Replies that peers have not read, in bytes. */
  readonly outputBytes: number;
}

/**
 * - `handshake`: the peer has not named its agency, or the store has not answered yet.
 * - `established`: it acts as an agency, which the store has answered for.
 * - `waiting`: its question for winners waits for the draw.
 * - `ended`: its last reply is on its way.
 */
export const CONNECTION_STATES = ['handshake', 'established', 'waiting', 'ended'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** A page of an agency's winners. */
export interface WinnersPage {
  readonly drawId: string;
  readonly agency: number;
  /** Winners of the agency. */
  readonly total: number;
  /** Where the page begins, from 0. */
  readonly first: number;
  readonly documents: readonly string[];
}

/** The acta of a draw. */
export interface StoredActa {
  readonly drawId: string;
  /** As it is stored. */
  readonly text: string;
}

export interface BoardSource {
  readonly telemetry: Telemetry;
  state(): BoardState;
  /** All that take part, by number. */
  agencies(): Iterable<AgencyRow>;
  gauges(): CentralGauges;
  /** null: there is none yet. */
  acta(): StoredActa | null;
  /** @returns null: there is no such agency, or no draw yet */
  winners(agency: number, first: number): Promise<WinnersPage | null>;
  /** Whether agencies are being served. */
  isReady(): boolean;
}
