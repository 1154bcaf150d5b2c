/** What this central knows of the stored lottery; it can ask for all of it again. */
import { applyEntry, emptyState, type AgencyTotals, type StoreEntry } from '../state';
import type { Query, Row } from './connection/primary';

export class KnownState {
  readonly state = emptyState();
  private finishedCount = 0;

  /** How many agencies have finished. */
  get finished(): number {
    return this.finishedCount;
  }

  hasFinished(agency: number): boolean {
    return this.state.agencies.get(agency)?.finished === true;
  }

  /** An entry of an agency is durable. */
  apply(entry: Extract<StoreEntry, { readonly agency: number }>): void {
    const wasFinished = this.hasFinished(entry.agency);
    applyEntry(this.state, entry);
    if (!wasFinished && this.hasFinished(entry.agency)) this.finishedCount++;
  }

  /** Reads all agencies, also those of other centrals. */
  async loadAgencies(query: Query): Promise<void> {
    const rows = await query(
      'select agency, stored, checksum, finished, rejected from loteria.agency order by agency',
    );
    for (const row of rows) {
      const totals = totalsOfRow(row);
      const { stored, finished, rejected } = totals;
      // A row of a claim only: the agency has stored nothing.
      if (stored > 0 || finished || rejected > 0) this.set(totals);
    }
  }

  set(totals: AgencyTotals): void {
    const wasFinished = this.hasFinished(totals.agency);
    this.state.agencies.set(totals.agency, totals);
    this.finishedCount += Number(totals.finished) - Number(wasFinished);
  }
}

/** What a row of `loteria.agency` says. The client gives a `bigint` as text; counts stay far below 2^53. */
export function totalsOfRow(row: Row): AgencyTotals {
  return {
    agency: Number(row['agency']),
    stored: Number(row['stored']),
    checksum: Number(row['checksum']),
    finished: row['finished'] === true,
    rejected: Number(row['rejected']),
  };
}
