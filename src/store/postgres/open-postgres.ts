/** Opens a replicated PostgreSQL for a central, or makes the tables of a lottery there. */
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import type { StoreListener } from '../bet-store';
import { parsePlace, serversOf } from './connection/place';
import { PostgresBetStore } from './postgres-bet-store';
import { Primary, type PrimaryOptions } from './connection/primary';
import { adviseCommand, adviseInit, failureOf, type Advise } from './refusals';
import { createSchema } from './schema';

const HAS_STANDBYS = `select current_setting('synchronous_standby_names') <> ''
  or exists (select from pg_stat_replication) as found`;

/** A place, with what it takes to get in. */
export interface PostgresAccess extends Pick<PrimaryOptions, 'servers' | 'demandsStandby'> {
  readonly name: string;
  /** See {@link PostgresPlace}; absent: false. */
  readonly assumesNoStandby?: boolean;
}

/**
 * @param url of the place
 * @param passwordFile null: no password
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function accessTo(url: string, passwordFile: string | null): PostgresAccess {
  const place = parsePlace(url);
  const { name, demandsStandby, assumesNoStandby } = place;
  return { name, demandsStandby, assumesNoStandby, servers: serversOf(place, passwordFile) };
}

/** @throws LoteriaError STORE_IO when no primary answers; STORE_NOT_INITIALISED; STORE_REFUSED; STORE_DAMAGED */
export async function openPostgres(
  access: PostgresAccess,
  logger: Logger,
  listener: StoreListener,
): Promise<PostgresBetStore> {
  const store = await PostgresBetStore.open({ ...access, logger }, listener);
  if (access.assumesNoStandby === true) {
    // Where it fails there is no primary any more, which the store itself finds out.
    await warnOfStandbys(access, logger).catch(() => undefined);
  }
  return store;
}

/** One address may be that of a cluster, whose failover loses what no standby has. */
async function warnOfStandbys(access: PostgresAccess, logger: Logger): Promise<void> {
  const [row] = await withPrimary(access, ({ query }) => query(HAS_STANDBYS));
  if (row?.['found'] !== true) return;
  logger.warning('store', 'in_progress', {
    operation: 'open',
    store: access.name,
    problem: 'it has standbys, but nothing checks that one has a bet before that is acknowledged',
    advice: 'synchronous=required in STORE; or synchronous=off, where that is wanted',
  });
}

/**
 * Makes the tables of a lottery, where there are none.
 *
 * @param role that centrals connect as; null: who makes the tables
 * @returns whether there were none
 * @throws LoteriaError STORE_IO; STORE_REFUSED for want of a right or of the role, for tables of another version, and
 *   where others are in the way; STORE_DAMAGED for tables without a version
 */
export function initialise(access: PostgresAccess, role: string | null): Promise<boolean> {
  const work = (primary: Primary): Promise<boolean> => createSchema(primary, access.name, role);
  return withPrimary(access, work, adviseInit);
}

/**
 * Runs a command on the primary; each of its statements may take as long as reading a part of the bets.
 *
 * @param advise what to do about a STORE_REFUSED
 * @throws LoteriaError also STORE_REFUSED, STORE_DAMAGED for what the server refuses; STORE_IO for every other error
 */
export async function withPrimary<T>(
  { name, ...options }: PostgresAccess,
  work: (primary: Primary) => Promise<T>,
  advise: Advise = adviseCommand,
): Promise<T> {
  const primary = new Primary({ ...options, answerTimeoutMs: LIMITS.storeReadTimeoutMs });
  try {
    return await work(primary);
  } catch (error) {
    throw failureOf(name, error, advise);
  } finally {
    primary.close();
  }
}
