/** Opens a replicated PostgreSQL for a central, or makes the tables of a lottery there. */
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import type { StoreListener } from '../bet-store';
import { parsePlace, serversOf } from './connection/place';
import { PostgresBetStore } from './postgres-bet-store';
import { Primary, type PrimaryOptions } from './connection/primary';
import { adviseCommand, adviseInit, failureOf, type Advise } from './refusals';
import { createSchema } from './schema';

/** A place, with what it takes to get in. */
export interface PostgresAccess extends Pick<PrimaryOptions, 'servers' | 'demandsStandby'> {
  readonly name: string;
}

/**
 * @param url of the place
 * @param passwordFile null: no password
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function accessTo(url: string, passwordFile: string | null): PostgresAccess {
  const place = parsePlace(url);
  const { name, demandsStandby } = place;
  return { name, demandsStandby, servers: serversOf(place, passwordFile) };
}

/** @throws LoteriaError STORE_IO when no primary answers; STORE_NOT_INITIALISED; STORE_REFUSED; STORE_DAMAGED */
export function openPostgres(
  access: PostgresAccess,
  logger: Logger,
  listener: StoreListener,
): Promise<PostgresBetStore> {
  return PostgresBetStore.open({ ...access, logger }, listener);
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
