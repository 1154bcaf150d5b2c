/** The stored state beside the bets themselves: the progress of each agency, and the draw. */
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { Edition } from '../domain/contest';
import type { WinningRow } from '../domain/contest-rows';
import type { AgenciesChange, RecordedSalt, Terms } from './terms';

/** What is durable of one agency. Agencies are numbered from 1. */
export interface AgencyTotals {
  readonly agency: number;
  /** Bets stored. */
  stored: number;
  /** CRC-32 of the agency's rows, from its first to its last stored bet. */
  checksum: number;
  /** Whether it declared itself finished. */
  finished: boolean;
  /** Bets of refused messages: they are not stored, and not drawn. */
  rejected: number;
}

/** A draw as earlier versions recorded it: that it was made, and not what came out. */
export interface BareDraw {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** When the draw was made, milliseconds since 1970. */
  readonly timeMs: number;
}

/** A draw with its outcome, by which winners.csv is checked, and rebuilt from the bets where it differs. */
export interface DrawRecord extends BareDraw {
  readonly winningNumber: number;
  /** Of all agencies. */
  readonly winners: number;
  /** SHA-256 of winners.csv as it was saved, 64 hexadecimal digits. */
  readonly digest: string;
}

/** The state of a lottery, independent of the engine. */
export interface LotteryState {
  /** The kind of rows: bets, or the contestants of an earlier edition. */
  readonly edition: Edition;
  readonly agencies: ReadonlyMap<number, Readonly<AgencyTotals>>;
  readonly draw: DrawRecord | null;
  /** The draw of an earlier version, until its outcome is recorded as {@link draw}. */
  readonly bareDraw: BareDraw | null;
  /** Null in a store that is new, or of an earlier version, until they are recorded. */
  readonly terms: Terms | null;
  /**
   * Later changes of the number of agencies in {@link terms}, oldest first: above
   * `LIMITS.agenciesChangesMax` the last one stands for all that followed.
   */
  readonly agenciesChanges: readonly AgenciesChange[];
  /** The value of the salt's source, where the terms name one; null until it is recorded. */
  readonly salt: RecordedSalt | null;
  /**
   * The digest of all bets that a random number follows from, 64 hexadecimal digits: recorded before it is
   * published, or with the draw. Null before, for a fixed number, and for a draw of an earlier version.
   */
  readonly betsDigest: string | null;
  /** The digest of the acta (`actaDigestOf`); null until it is recorded. */
  readonly actaDigest: string | null;
}

/** Everything that a commit can change, where bets are in files. */
export interface StoreState extends LotteryState {
  /** Bytes of bets.csv. */
  csvBytes: number;
  /** Number of the next commit. */
  sequence: number;
  readonly agencies: Map<number, AgencyTotals>;
  draw: DrawRecord | null;
  bareDraw: BareDraw | null;
  terms: Terms | null;
  readonly agenciesChanges: AgenciesChange[];
  salt: RecordedSalt | null;
  betsDigest: string | null;
  actaDigest: string | null;
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
      /** 2020 edition: the winners among the rows. */
      readonly winners?: readonly WinningRow[];
    }
  | { readonly kind: 'finished'; readonly agency: number }
  /** A message of an agency was refused, with so many bets. */
  | { readonly kind: 'rejected'; readonly agency: number; readonly count: number }
  | { readonly kind: 'draw'; readonly draw: DrawRecord }
  | { readonly kind: 'terms'; readonly terms: Terms }
  | { readonly kind: 'agencies'; readonly change: AgenciesChange }
  | { readonly kind: 'salt'; readonly salt: RecordedSalt }
  /** Of all bets, before it is published. */
  | { readonly kind: 'bets_digest'; readonly digest: string }
  /** Of the acta, before that is written. */
  | { readonly kind: 'acta_digest'; readonly digest: string };

/** An entry of the journal, including those that the store writes for its own recovery. */
export type JournalEntry =
  | StoreEntry
  /** So much of bets.csv is on disk. */
  | { readonly kind: 'csv_synced'; readonly bytes: number }
  /** Of an earlier version; it is read, and no longer written. */
  | { readonly kind: 'bare_draw'; readonly draw: BareDraw };

/** The state before the first commit, a new object for replay and commits to change. */
export function emptyState(edition: Edition = 'lottery'): StoreState {
  return {
    edition,
    csvBytes: 0,
    sequence: 1,
    agencies: new Map(),
    draw: null,
    bareDraw: null,
    terms: null,
    agenciesChanges: [],
    salt: null,
    betsDigest: null,
    actaDigest: null,
  };
}

/** Whether the draw was made, by any version. */
export function isDrawn({ draw, bareDraw }: LotteryState): boolean {
  return draw !== null || bareDraw !== null;
}

/** Whether no agency has done anything that is stored. */
export function isUntouched(state: LotteryState): boolean {
  return state.agencies.size === 0 && state.agenciesChanges.length === 0 && !isDrawn(state);
}

/** The totals of an agency, which begin at nothing. The state is not changed. */
export function totalsOf(
  state: Pick<LotteryState, 'agencies'>,
  agency: number,
): Readonly<AgencyTotals> {
  return (
    state.agencies.get(agency) ?? { agency, stored: 0, checksum: 0, finished: false, rejected: 0 }
  );
}

function changeableTotals(state: StoreState, agency: number): AgencyTotals {
  const totals = state.agencies.get(agency) ?? { ...totalsOf(state, agency) };
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
    case 'rejected':
      changeableTotals(state, entry.agency).rejected += entry.count;
      return;
    case 'draw':
      state.draw = entry.draw;
      state.bareDraw = null;
      return;
    case 'bare_draw':
      state.bareDraw = entry.draw;
      return;
    case 'terms':
      state.terms = entry.terms;
      return;
    case 'agencies':
      changeAgencies(state, entry.change);
      return;
    case 'salt':
      state.salt = entry.salt;
      return;
    case 'bets_digest':
      state.betsDigest = entry.digest;
      return;
    case 'acta_digest':
      state.actaDigest = entry.digest;
      return;
    case 'csv_synced':
  }
}

function changeAgencies(state: StoreState, change: AgenciesChange): void {
  invariant(state.terms !== null, 'terms must be recorded before they are changed');
  state.terms = { ...state.terms, agencies: change.to };
  const changes = state.agenciesChanges;
  const last = changes.length < LIMITS.agenciesChangesMax ? undefined : changes.pop();
  changes.push({ ...change, from: (last ?? change).from });
}
