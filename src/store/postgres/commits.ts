/** Groups of entries on their way to the database, and the agencies that this central owns. */
import type { AgencyTotals } from '../state';
import type { CommitGroup, CommitResult } from '../bet-store';
import { APPEND, appendOf, type AgencyEntry, type OwnedAgency } from './append';
import { int4Array } from './connection/binary-arrays';
import { ClaimQueue, type ClaimedAgency } from './claims';
import { WAITS_FOR_STANDBY } from './connection/greet';
import type { KnownState } from './known-state';
import { hasTerms, storeGlobal, takeGlobal, termsParameter, type GlobalEntry } from './lottery-row';
import type { Primary, Query } from './connection/primary';
import type { Retries } from './retries';

const FINISH_UNOWNED = `
with added as (
  insert into loteria.agency (agency, epoch, finished)
  select agency, 0, true from unnest($1::int4[]) as u (agency)
  where exists (select from loteria.lottery where ${hasTerms('$2')} and state->>'draw' is null)
  on conflict do nothing returning agency
), counted as (
  update loteria.lottery set finished = finished + (select count(*) from added)
)
select agency, ${WAITS_FOR_STANDBY} as commit_waits from added`;

/** Null: not available now. */
type Answer = Readonly<AgencyTotals> | null;

type Connection = Pick<Primary, 'inTurn' | 'transaction'>;

export interface CommitsOptions {
  /** Of the store, for errors. */
  readonly name: string;
  readonly primary: Connection;
  readonly known: KnownState;
  readonly retries: Retries;
  /** Another central has done something. */
  readonly onNews: () => void;
  /** All agencies may have finished. */
  readonly onAllFinished: () => void;
}

export class Commits {
  private readonly owned = new Map<number, OwnedAgency>();
  private readonly claims: ClaimQueue<Answer>;
  /** Fulfilled once the draw is recorded, and this central answers questions for winners; null: it knows of no draw. */
  private draw: Promise<void> | null = null;

  constructor(private readonly options: CommitsOptions) {
    const { name, primary, known } = options;
    this.claims = new ClaimQueue({
      ...{ name, primary, state: known.state },
      onClaimed: (claimed) => this.own(claimed),
    });
  }

  /** The draw was made before this central was started. */
  beginDrawn(): void {
    this.draw = Promise.resolve();
  }

  /**
   * @returns null: the database does not answer, or has a draw that this central does not know yet
   * @throws LoteriaError CONFIG_INVALID, STORE_REFUSED, STORE_DAMAGED
   */
  async claim(agency: number): Promise<Answer> {
    try {
      return await this.claims.claim(agency);
    } catch (error) {
      this.options.retries.noteFailure('claim', error);
      return null;
    }
  }

  private own({ epoch, bytes, drawn, ...totals }: ClaimedAgency): Answer | Promise<Answer> {
    const draw = drawn ? this.draw : Promise.resolve();
    if (draw === null) {
      // Another central may have announced the draw to the agency, so this one must not answer NOT_YET.
      this.options.onNews();
      return null;
    }
    this.owned.set(totals.agency, { ...totals, epoch, bytes });
    this.options.known.set({ ...totals });
    // The draw is recorded on another connection, whose answer may come after this one.
    return draw.then(
      () => totals,
      () => null,
    );
  }

  /** @throws LoteriaError CONFIG_INVALID, STORE_REFUSED, STORE_DAMAGED */
  async commit({ entries, promises }: CommitGroup): Promise<CommitResult> {
    const { primary, retries } = this.options;
    const ofAgencies = entries.filter(isOfAgency);
    const agencies = new Set([...promises, ...ofAgencies.map(({ agency }) => agency)]);
    let kept: ReadonlySet<number> = new Set();
    let isUnavailable = false;
    if (agencies.size > 0) {
      try {
        kept = await primary.inTurn((query) => this.append(query, ofAgencies, promises, agencies));
      } catch (error) {
        retries.noteFailure('commit', error);
        isUnavailable = true;
      }
    }
    await this.record(primary, entries);
    return { refused: new Set([...agencies].filter((agency) => !kept.has(agency))), isUnavailable };
  }

  /**
   * Stores what is of no agency, as often as it takes.
   *
   * @param connection that waits meanwhile
   * @throws LoteriaError CONFIG_INVALID, STORE_REFUSED, STORE_DAMAGED
   */
  async record(connection: Connection, entries: CommitGroup['entries']): Promise<void> {
    const global = entries.filter((entry): entry is GlobalEntry => !isOfAgency(entry));
    if (global.length === 0) return;
    const recorded = this.recordGlobal(connection, global);
    if (global.some(({ kind }) => kind === 'draw')) this.draw = recorded;
    await recorded;
  }

  private async recordGlobal(
    connection: Connection,
    global: readonly GlobalEntry[],
  ): Promise<void> {
    const { name, known, retries } = this.options;
    const work = (query: Query): ReturnType<typeof storeGlobal> =>
      storeGlobal(query, name, known.state, global);
    takeGlobal(known.state, await retries.run(() => connection.transaction(work)));
  }

  /**
   * In its turn, so that the epochs are those of the claims that were asked before.
   *
   * @returns the agencies that were not refused
   */
  private async append(
    query: Query,
    entries: readonly AgencyEntry[],
    promises: ReadonlySet<number>,
    agencies: ReadonlySet<number>,
  ): Promise<ReadonlySet<number>> {
    const { known, onAllFinished } = this.options;
    const terms = termsParameter(known.state);
    try {
      const { parameters, after } = appendOf(this.owned, entries, promises);
      const rows = after.size === 0 ? [] : await query(APPEND, [...parameters, terms]);
      const kept = new Set(rows.map(({ agency }) => Number(agency)));
      for (const [agency, changed] of after) {
        if (kept.has(agency)) this.owned.set(agency, changed);
        else this.owned.delete(agency);
      }
      const unowned = await this.finishUnowned(query, entries, agencies);
      for (const agency of unowned) kept.add(agency);
      for (const entry of entries) if (kept.has(entry.agency)) known.apply(entry);
      const finished = Number(rows[0]?.['finished'] ?? 0);
      const isLast = finished > 0 && finished === known.state.terms?.agencies;
      if (isLast || unowned.length > 0) onAllFinished();
      return kept;
    } catch (error) {
      // It may be stored or not: the next claim of these agencies shows which.
      for (const agency of agencies) this.owned.delete(agency);
      throw error;
    }
  }

  /** Agencies without bets and without an owner. */
  private async finishUnowned(
    query: Query,
    entries: readonly AgencyEntry[],
    agencies: ReadonlySet<number>,
  ): Promise<readonly number[]> {
    const isAlone = (agency: number): boolean =>
      entries.every((entry) => entry.agency !== agency || entry.kind === 'finished');
    const finished = entries.filter(({ kind }) => kind === 'finished').map(({ agency }) => agency);
    const unowned = finished.filter(
      (agency) => agencies.has(agency) && !this.owned.has(agency) && isAlone(agency),
    );
    if (unowned.length === 0) return [];
    const terms = termsParameter(this.options.known.state);
    const rows = await query(FINISH_UNOWNED, [int4Array(unowned), terms]);
    return rows.map(({ agency }) => Number(agency));
  }
}

function isOfAgency(entry: CommitGroup['entries'][number]): entry is AgencyEntry {
  return 'agency' in entry;
}
