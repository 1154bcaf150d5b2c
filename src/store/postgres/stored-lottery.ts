/** All that is stored of a lottery at one moment, for commands that read it beside the centrals. */
import type { Acta } from '../acta';
import type { StoreState } from '../state';
import { KnownState } from './known-state';
import { actaOf, takeGlobal } from './lottery-row';
import { withPrimary, type PostgresAccess } from './open-postgres';
import { WAIT_FOR_STANDBY, type Query } from './connection/primary';
import { demandSchema } from './schema';

export interface StoredLottery {
  /** Of the store, for errors. */
  readonly name: string;
  readonly state: Readonly<StoreState>;
  /** Null: none is written. */
  readonly acta: Acta | null;
  /** Agencies that the row of the lottery counts as finished. */
  readonly finished: number;
  /** Which winners are stored; null: none were looked for yet. */
  readonly found: { readonly number: number; readonly digest: string } | null;
}

/** @throws LoteriaError STORE_NOT_INITIALISED; STORE_REFUSED for tables of another version; STORE_DAMAGED */
export async function loadLottery(query: Query, name: string): Promise<StoredLottery> {
  await demandSchema(query, name);
  const [row = {}] = await query(
    `select state, acta, finished, found_number, found_digest,
       (select coalesce(sum(bytes), 0) from loteria.agency) as bytes from loteria.lottery`,
  );
  const known = new KnownState();
  takeGlobal(known.state, row['state']);
  known.state.csvBytes = Number(row['bytes']);
  await known.loadAgencies(query);
  const number = row['found_number'] ?? null;
  return {
    name,
    state: known.state,
    acta: actaOf(name, row['acta']),
    finished: Number(row['finished']),
    found: number === null ? null : { number: Number(number), digest: String(row['found_digest']) },
  };
}

/**
 * Reads as of one moment, whatever centrals store meanwhile. Where a commit waits for a standby, what was read
 * is there too when this returns.
 *
 * @throws LoteriaError STORE_IO when no primary answers; STORE_NOT_INITIALISED; STORE_REFUSED; STORE_DAMAGED
 */
export function atOneMoment<T>(
  access: PostgresAccess,
  work: (query: Query, lottery: StoredLottery) => Promise<T>,
): Promise<T> {
  const { name, demandsStandby } = access;
  return withPrimary(access, (primary) =>
    primary.transaction(async (query) => {
      await query('set transaction isolation level repeatable read, read only');
      const result = await work(query, await loadLottery(query, name));
      if (demandsStandby) await query(WAIT_FOR_STANDBY);
      return result;
    }),
  );
}
