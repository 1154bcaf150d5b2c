/** Claims that wait for the connection become one statement. */
import { LIMITS } from '../../base/limits';
import type { OwnedAgency } from './append';
import { int4Array } from './connection/binary-arrays';
import { WAITS_FOR_STANDBY } from './connection/greet';
import { totalsOfRow } from './known-state';
import { hasTerms, otherTerms, termsParameter } from './lottery-row';
import type { LotteryState } from '../state';
import type { Primary, Query, Row } from './connection/primary';

/** An agency that is claimed: its stored state, and the epoch that it is owned by. */
export interface ClaimedAgency extends OwnedAgency {
  readonly agency: number;
  /** Whether a draw was made. */
  readonly drawn: boolean;
}

const CLAIM = `
insert into loteria.agency as a (agency, epoch) select agency, 1 from unnest($1::int4[]) as u (agency)
where exists (select from loteria.lottery where ${hasTerms('$2')})
on conflict (agency) do update set epoch = a.epoch + 1
returning agency, epoch, stored, bytes, checksum, finished, rejected,
  (select state->>'draw' is not null from loteria.lottery) as drawn, ${WAITS_FOR_STANDBY} as commit_waits`;

/** @typeParam T what a claim is answered with */
interface Waiting<T> {
  readonly resolve: (answer: T | Promise<T>) => void;
  readonly reject: (error: unknown) => void;
}

export interface ClaimQueueOptions<T> {
  /** Of the store, for errors. */
  readonly name: string;
  readonly primary: Pick<Primary, 'inTurn'>;
  /** What this central knows. */
  readonly state: Pick<LotteryState, 'terms'>;
  /** Called before anything else is asked of the database: what is asked next may count on it. */
  readonly onClaimed: (claimed: ClaimedAgency) => T | Promise<T>;
}

export class ClaimQueue<T> {
  private readonly waiting = new Map<number, Waiting<T>>();

  constructor(private readonly options: ClaimQueueOptions<T>) {}

  /**
   * Raises the epoch of an agency; one claim of an agency is under way at a time.
   *
   * @throws LoteriaError CONFIG_INVALID when other terms are stored
   */
  claim(agency: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.set(agency, { resolve, reject });
      if (this.waiting.size === 1) this.askInTurn();
    });
  }

  private askInTurn(): void {
    void this.options.primary.inTurn((query) => this.claimWaiting(query));
  }

  /** Never rejects. */
  private async claimWaiting(query: Query): Promise<void> {
    const { name, state, onClaimed } = this.options;
    const taken = [...this.waiting].slice(0, LIMITS.claimsPerStatementMax);
    for (const [agency] of taken) this.waiting.delete(agency);
    if (this.waiting.size > 0) this.askInTurn();
    // In ascending order, so that two centrals that claim the same agencies do not wait for each other.
    const agencies = taken.map(([agency]) => agency).sort((a, b) => a - b);
    try {
      const rows = await query(CLAIM, [int4Array(agencies), termsParameter(state)]);
      const found = new Map(rows.map((row) => [Number(row['agency']), claimedOf(row)]));
      for (const [agency, { resolve, reject }] of taken) {
        const claimed = found.get(agency);
        if (claimed === undefined) reject(otherTerms(name));
        else resolve(onClaimed(claimed));
      }
    } catch (error) {
      for (const [, { reject }] of taken) reject(error);
    }
  }
}

function claimedOf(row: Row): ClaimedAgency {
  return {
    ...totalsOfRow(row),
    bytes: Number(row['bytes']),
    epoch: Number(row['epoch']),
    drawn: row['drawn'] === true,
  };
}
