/** One group of entries as the parameters of one statement. */
import type { StoreEntry } from '../state';
import { boolArray, byteaArray, int4Array, int8Array } from './connection/binary-arrays';
import { WAITS_FOR_STANDBY } from './connection/greet';
import type { Parameter } from './connection/primary';
import { hasTerms } from './lottery-row';

/** What this central knows of an agency that it owns. */
export interface OwnedAgency {
  readonly epoch: number;
  readonly stored: number;
  /** Of its rows. */
  readonly bytes: number;
  readonly checksum: number;
  readonly finished: boolean;
  readonly rejected: number;
}

export type AgencyEntry = Extract<StoreEntry, { readonly agency: number }>;

/**
 * Updates the agencies that this central still owns and that are as it knows them, and stores their batches.
 * Locks are taken by number, as claims take theirs: in another order each could wait for the other one.
 * Every agency of the group is written, also one without a new bet: a transaction that writes waits for the
 * standby, so that the answer also covers what was stored before.
 *
 * $1 agency, $2 epoch, $3 bets before, $4 bets after, $5 bytes after, $6 checksum, $7 whether it finishes now,
 * $8 rejected bets; of the batches: $9 agency, $10 first, $11 count, $12 rows; $13 terms. Returns the agencies that are not
 * refused, and how many have finished if one of them has now.
 */
export const APPEND = `
with change as (
  select * from unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::bool[], $8::int8[])
    as change (agency, epoch, before, after, bytes, checksum, finishes, rejected)
), locked as materialized (
  select from loteria.agency where agency = any($1) order by agency for no key update
), begun as (
  select state->>'draw' is not null as drawn from loteria.lottery where ${hasTerms('$13')}
), kept as (
  update loteria.agency as a
  set stored = c.after, bytes = c.bytes, checksum = c.checksum, finished = a.finished or c.finishes, rejected = c.rejected
  from change c, begun b
  where (select count(*) from locked) > 0 and a.agency = c.agency and a.epoch = c.epoch and a.stored = c.before
    and not ((a.finished or b.drawn) and (c.finishes or c.after > c.before))
  returning a.agency, c.finishes
), added as (
  insert into loteria.batch (agency, first, count, rows)
  select b.agency, b.first, b.count, b.rows
  from unnest($9::int4[], $10::int8[], $11::int4[], $12::bytea[])
    with ordinality as b (agency, first, count, rows, place)
  where b.agency in (select agency from kept)
  order by b.place
), counted as (
  update loteria.lottery set finished = finished + (select count(*) from kept where finishes)
  where exists (select from kept where finishes)
  returning finished
)
select agency, (select finished from counted) as finished, ${WAITS_FOR_STANDBY} as commit_waits from kept`;

interface Change {
  readonly before: OwnedAgency;
  after: OwnedAgency;
}

export interface Append {
  /** But for the terms. */
  readonly parameters: readonly Parameter[];
  /** What the agencies are when they are not refused. */
  readonly after: ReadonlyMap<number, OwnedAgency>;
}

/**
 * @param entries of agencies that are owned, in order
 * @param promises agencies that are owned, and to be written
 */
export function appendOf(
  owned: ReadonlyMap<number, OwnedAgency>,
  entries: readonly AgencyEntry[],
  promises: Iterable<number>,
): Append {
  const changes = new Map<number, Change>();
  const changeOf = (agency: number): Change | undefined => {
    const before = owned.get(agency);
    const known = changes.get(agency);
    if (known !== undefined || before === undefined) return known;
    const change = { before, after: before };
    changes.set(agency, change);
    return change;
  };
  const batches: Extract<AgencyEntry, { kind: 'bets' }>[] = [];
  const firsts: number[] = [];
  for (const agency of promises) changeOf(agency);
  for (const entry of entries) {
    const change = changeOf(entry.agency);
    if (change === undefined) continue;
    if (entry.kind === 'bets') {
      batches.push(entry);
      firsts.push(change.after.stored);
    }
    change.after = after(change.after, entry);
  }
  const list = [...changes];
  const parameters = [
    int4Array(list.map(([agency]) => agency)),
    int8Array(list.map(([, { before }]) => before.epoch)),
    int8Array(list.map(([, { before }]) => before.stored)),
    int8Array(list.map(([, change]) => change.after.stored)),
    int8Array(list.map(([, change]) => change.after.bytes)),
    int8Array(list.map(([, change]) => change.after.checksum)),
    boolArray(list.map(([, change]) => change.after.finished && !change.before.finished)),
    int8Array(list.map(([, change]) => change.after.rejected)),
    int4Array(batches.map(({ agency }) => agency)),
    int8Array(firsts),
    int4Array(batches.map(({ count }) => count)),
    byteaArray(batches.map(({ rows }) => rows)),
  ];
  return { parameters, after: new Map(list.map(([agency, change]) => [agency, change.after])) };
}

function after(agency: OwnedAgency, entry: AgencyEntry): OwnedAgency {
  switch (entry.kind) {
    case 'bets':
      return {
        ...agency,
        stored: agency.stored + entry.count,
        bytes: agency.bytes + entry.rows.length,
        checksum: entry.checksum,
      };
    case 'finished':
      return { ...agency, finished: true };
    case 'rejected':
      return { ...agency, rejected: agency.rejected + entry.count };
  }
}
