/** Pages of winners as they come in: counted and handed on, never kept, however many they are. */

/** A verdict on a page: accepted, or why no correct central would send it. */
export type PageVerdict = 'more' | 'complete' | { readonly problem: string };

export interface WinnersPage {
  readonly total: number;
  /** Index of the first winner in it. */
  readonly first: number;
  readonly documents: readonly string[];
}

export class WinnerPages {
  private received = 0;
  private total: number | null = null;

  /** Winners so far, which is the next index to request. */
  get count(): number {
    return this.received;
  }

  /** @param stored bets of the agency that the central has: no more of them can have won */
  take({ total, first, documents }: WinnersPage, stored: number): PageVerdict {
    if (first !== this.received) {
      return { problem: 'it sent another page of winners than it was asked for' };
    }
    if (total > stored) {
      return { problem: `it names ${String(total)} winners among ${String(stored)} bets` };
    }
    if (this.total !== null && total !== this.total) {
      return { problem: `it said ${String(this.total)} winners, and now ${String(total)}` };
    }
    if (first + documents.length > total) {
      return { problem: 'it sent more winners than their total' };
    }
    this.total = total;
    this.received += documents.length;
    if (this.received === total) return 'complete';
    return documents.length > 0 ? 'more' : { problem: 'it sent an empty page before the end' };
  }
}
