/** The tables of a lottery, and how they are made. */
import { LoteriaError } from '../../base/errors';
import { damagedTables } from '../store-error';
import type { Primary, Query } from './connection/primary';

export const SCHEMA_VERSION = 1;

/** Any number that no other program takes an advisory lock on. */
const SCHEMA_LOCK = 0x6c6f7465;

/**
 * - `lottery`: one row; its `finished` counts agencies, and its lock orders the last FINISHED and the draw.
 *   `found_number` and `found_digest` say which winners are in `winner`.
 * - `agency`: one row each, which every commit updates in place.
 * - `batch`: rows of bets.csv as they came; append only. `id` is the stored order.
 * - `winner`: winners of the draw, by agency and place.
 *
 * A central reads and writes the rows; only who made the tables may change them.
 */
const SCHEMA = `
create table loteria.lottery (
  one boolean primary key default true check (one),
  version integer not null,
  state jsonb not null default '{}',
  acta json,
  finished integer not null default 0,
  found_number integer,
  found_digest text
);
create table loteria.agency (
  agency integer primary key,
  epoch bigint not null,
  stored bigint not null default 0,
  bytes bigint not null default 0,
  checksum bigint not null default 0,
  finished boolean not null default false,
  rejected bigint not null default 0
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create table loteria.batch (
  agency integer not null,
  first bigint not null,
  id bigint generated always as identity unique,
  count integer not null,
  rows bytea not null,
  primary key (agency, first)
) with (toast_tuple_target = 8160);
create table loteria.winner (
  agency integer not null,
  ordinal bigint not null,
  document text not null,
  primary key (agency, ordinal)
);
insert into loteria.lottery (version) values (${String(SCHEMA_VERSION)});
`;

/**
 * Makes the tables where there are none; two that do so at once wait for each other.
 *
 * @param role that centrals connect as, and that gets the rights they need; null: who makes the tables
 * @returns whether there were none
 * @throws LoteriaError STORE_REFUSED for tables of another version; STORE_DAMAGED for tables without a version
 */
export function createSchema(
  primary: Primary,
  name: string,
  role: string | null,
): Promise<boolean> {
  return primary.transaction(async (query) => {
    await query(`select pg_advisory_xact_lock(${String(SCHEMA_LOCK)})`);
    const isNew = !(await isThere(query));
    if (isNew) await createTables(query);
    await demandVersion(query, name);
    if (role !== null) await grant(query, role);
    return isNew;
  });
}

/** The schema may have been made beforehand, for a user that has no right to make one. */
async function createTables(query: Query): Promise<void> {
  const [row] = await query("select to_regnamespace('loteria') is not null as found");
  if (row?.['found'] !== true) await query('create schema loteria');
  for (const statement of SCHEMA.split(';\n')) await query(statement);
}

/**
 * @throws LoteriaError STORE_NOT_INITIALISED; STORE_REFUSED for tables of another version; STORE_DAMAGED for tables
 *   without a version
 */
export async function demandSchema(query: Query, name: string): Promise<void> {
  if (await isThere(query)) {
    await demandVersion(query, name);
    return;
  }
  const what = 'no lottery is there; make one with `loteria store init URL`';
  throw new LoteriaError('STORE_NOT_INITIALISED', `${name}: ${what}`);
}

async function isThere(query: Query): Promise<boolean> {
  const [row] = await query("select to_regclass('loteria.lottery') is not null as found");
  return row?.['found'] === true;
}

async function demandVersion(query: Query, name: string): Promise<void> {
  const [row] = await query('select version from loteria.lottery');
  if (row === undefined) throw damagedTables(name, 'loteria.lottery has no row, expected one');
  const found = row['version'];
  if (found === SCHEMA_VERSION) return;
  const text = `tables of version ${String(found)}, expected ${String(SCHEMA_VERSION)}`;
  throw new LoteriaError('STORE_REFUSED', `${name}: ${text}; use the program that made them`);
}

async function grant(query: Query, role: string): Promise<void> {
  const [row] = await query('select quote_ident($1) as name', [role]);
  const to = `to ${String(row?.['name'])}`;
  await query(`grant usage on schema loteria ${to}`);
  await query(`grant select, update on loteria.lottery ${to}`);
  await query(`grant select, insert, update on loteria.agency ${to}`);
  await query(`grant select, insert on loteria.batch ${to}`);
  await query(`grant select, insert, delete on loteria.winner ${to}`);
}
