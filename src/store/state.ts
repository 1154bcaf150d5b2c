/** What the store knows beside the bets themselves: per agency how far it is, and the draw. */
import type { Edition } from '../domain/edition-2020';

export interface AgencyTotals {
  readonly agency: number;
  /** Bets stored. */
  stored: number;
  /** CRC-32 of the agency's rows, from its first to its last stored bet. */
  checksum: number;
  /** Whether it declared itself finished. */
  finished: boolean;
}

export interface DrawRecord {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** When the draw was made, milliseconds since 1970. */
  readonly timeMs: number;
}

/** Everything that a commit can change. */
export interface StoreState {
  /** What the rows are: bets, or the contestants of an earlier edition. */
  readonly edition: Edition;
  /** Bytes of bets.csv. */
  csvBytes: number;
  /** Number of the next commit. */
  sequence: number;
  readonly agencies: Map<number, AgencyTotals>;
  draw: DrawRecord | null;
}

/** One thing to make durable; a commit holds all that a turn gathered. */
export type StoreEntry =
  | {
      readonly kind: 'bets';
      readonly agency: number;
      /** Rows in `rows`. */
      readonly count: number;
      readonly rows: Uint8Array;
      /** Of the agency, with these rows. */
      readonly checksum: number;
    }
  | { readonly kind: 'finished'; readonly agency: number }
  | { readonly kind: 'draw'; readonly draw: DrawRecord };

/** What a record of the journal holds; also notes that the store makes for its own recovery. */
export type JournalEntry =
  | StoreEntry
  /** So much of bets.csv is on disk. */
  | { readonly kind: 'csv_synced'; readonly bytes: number };

export function emptyState(edition: Edition = 'lottery'): StoreState {
  return { edition, csvBytes: 0, sequence: 1, agencies: new Map(), draw: null };
}

/** The totals of an agency, which begin at nothing. The state is not changed. */
export function totalsOf(state: Readonly<StoreState>, agency: number): Readonly<AgencyTotals> {
  return state.agencies.get(agency) ?? { agency, stored: 0, checksum: 0, finished: false };
}

function changeableTotals(state: StoreState, agency: number): AgencyTotals {
  const totals = totalsOf(state, agency) as AgencyTotals;
  state.agencies.set(agency, totals);
  return totals;
}

/** Changes `state` as a commit of `entry` does. */
export function applyEntry(state: StoreState, entry: JournalEntry): void {
  switch (entry.kind) {
    case 'bets': {
      const totals = changeableTotals(state, entry.agency);
      totals.stored += entry.count;
      totals.checksum = entry.checksum;
      state.csvBytes += entry.rows.length;
      return;
    }
    case 'finished':
      changeableTotals(state, entry.agency).finished = true;
      return;
    case 'draw':
      state.draw = entry.draw;
      return;
    case 'csv_synced':
  }
}
