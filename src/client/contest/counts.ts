/**
 * What a central has said of contestants and winners in the 2020 edition. No count of a correct central contradicts
 * an earlier one, so each is compared with those before it.
 */

/** Contestants of this agency that are stored, and how many of them have won. */
export interface Standing {
  readonly stored: number;
  readonly winners: number;
}

/** RESULTS for a batch, with those before them that did not end the answer. */
export interface BatchResults {
  readonly winners: number;
  readonly isLast: boolean;
  /** Winners of the batch that are named so far. */
  readonly named: number;
}

export class ContestCounts {
  private known: Standing = { stored: 0, winners: 0 };
  /** The latest TOTAL of this connection. */
  private total = 0;

  get standing(): Standing {
    return this.known;
  }

  /** A new connection: other agencies' contestants may be fewer, where the store is a restored copy. */
  reconnect(): void {
    this.total = 0;
  }

  /** Takes the RESULTS behind WELCOME. @returns what is wrong with them; undefined: nothing */
  welcome(now: Standing): string | undefined {
    const { known } = this;
    const grown = now.winners - known.winners;
    if (grown < 0 || grown > now.stored - known.stored) return this.differs(now);
    this.known = now;
    return undefined;
  }

  /**
   * Takes RESULTS for a batch: the last ones settle it.
   *
   * @param batch its place among the agency's contestants
   * @returns what is wrong with them; undefined: nothing
   */
  results(batch: { offset: number; count: number }, results: BatchResults): string | undefined {
    const { known } = this;
    const { winners, isLast, named } = results;
    // A known batch, which is sent again, may be followed by others.
    const stored = Math.max(batch.offset + batch.count, known.stored);
    const grown = winners - known.winners;
    const isNew = stored > known.stored;
    const isPossible = isNew ? (isLast ? grown === named : grown >= named) : grown === 0;
    if (!isPossible || named > winners) return this.differs({ stored, winners }, named);
    if (isLast) this.known = { stored, winners };
    return undefined;
  }

  /** Takes a TOTAL of all agencies. @returns what is wrong with it; undefined: nothing */
  totalOf(winners: number): string | undefined {
    const own = this.known.winners;
    const said = `it counts ${String(winners)} winners of all agencies`;
    if (winners < own) return `${said}, and this one has ${String(own)}`;
    if (winners < this.total) return `${said}, and ${String(this.total)} before`;
    this.total = winners;
    return undefined;
  }

  private differs({ stored, winners }: Standing, named?: number): string {
    const { known } = this;
    const now = `it counts ${String(winners)} winners among ${String(stored)} contestants`;
    const before = `${String(known.winners)} among ${String(known.stored)} before`;
    return `${now}, ${before}${named === undefined ? '' : `, and names ${String(named)}`}`;
  }
}
