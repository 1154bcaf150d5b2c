import type { BetStore, CommitGroup, CommitResult } from '../../../src/store/bet-store';
import { emptyState, totalsOf, type AgencyTotals } from '../../../src/store/state';

/** A store that answers when the test says so. */
export class HandStore implements Pick<BetStore, 'claim' | 'commit'> {
  readonly claims: {
    readonly agency: number;
    readonly answer: (totals: AgencyTotals | null) => void;
  }[] = [];
  readonly commits: {
    readonly group: CommitGroup;
    readonly done: (result: CommitResult) => void;
  }[] = [];

  claim(agency: number): PromiseLike<AgencyTotals | null> {
    return new Promise((answer) => {
      this.claims.push({ agency, answer });
    });
  }

  commit(group: CommitGroup, done: (result: CommitResult) => void): void {
    this.commits.push({ group, done });
  }
}

/** What is stored of an agency. */
export function stored(agency: number, totals: Partial<AgencyTotals> = {}): AgencyTotals {
  return { ...totalsOf(emptyState(), agency), ...totals };
}
