/** `loteria store import`: takes what a directory of the default engine holds into an empty database. */
import { join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { loadActa } from '../../store/file/acta/acta-file';
import { demandOwnCommitment } from '../../store/file/acta/commitment';
import { readOnlyFiles } from '../../store/file/directory/files';
import { SEGMENT_NAMES } from '../../store/file/journal/journal';
import type { Store } from '../../store/file/store';
import { boolArray, int4Array, int8Array } from '../../store/postgres/connection/binary-arrays';
import { globalOf } from '../../store/postgres/lottery-row';
import { accessTo, withPrimary } from '../../store/postgres/open-postgres';
import type { Query } from '../../store/postgres/connection/primary';
import { demandSchema } from '../../store/postgres/schema';
import { loadLottery } from '../../store/postgres/stored-lottery';
import { hashWinners, WinnersSaver } from '../../store/postgres/stored-winners';
import { isDrawn, type LotteryState } from '../../store/state';
import { damaged, incomplete } from '../../store/store-error';
import { withStore } from '../store/offline-store';
import type { Verification } from '../verify/verify';
import { auditLottery } from './audit';
import { importBets } from './import-bets';

/**
 * Everything comes in one transaction, which ends only when what it has stored was read again and agrees.
 *
 * @param directory of a central that is not running
 * @param url of the database, with a lottery that nobody has begun
 * @param passwordFile null: no password
 * @throws LoteriaError CONFIG_INVALID for another edition, the salt of a beacon, and a database that is not empty;
 *   CONFIG_UNREADABLE,
 *   DATA_UNREADABLE, STORE_LOCKED, STORE_NOT_INITIALISED, STORE_REFUSED, STORE_INCOMPLETE,
 *   STORE_DAMAGED, STORE_IO
 */
export function importStore(
  directory: string,
  url: string,
  passwordFile: string | null,
): Promise<Verification> {
  const access = accessTo(url, passwordFile);
  return withStore(directory, (store) => {
    demandLottery(directory, store.state);
    return withPrimary(access, (primary) =>
      primary.transaction(async (query) => {
        await demandEmpty(query, access.name);
        await fill(query, store, directory);
        return auditLottery(query, await loadLottery(query, access.name));
      }),
    );
  });
}

function demandLottery(
  directory: string,
  { edition, bareDraw, terms }: Readonly<LotteryState>,
): void {
  if (edition !== 'lottery') {
    const what = 'it holds the contestants of the 2020 edition, which only files keep';
    throw new LoteriaError('CONFIG_INVALID', `${directory}: ${what}`);
  }
  if (terms?.winningNumber?.kind === 'beacon') {
    const what = 'its winning number follows from DRAW_SALT_SOURCE, which only files keep';
    throw new LoteriaError('CONFIG_INVALID', `${directory}: ${what}; expected STORE=file`);
  }
  if (bareDraw !== null) {
    const what = 'an earlier version recorded the draw without its outcome';
    throw incomplete(join(directory, SEGMENT_NAMES[0]), what);
  }
  demandOwnCommitment(readOnlyFiles, directory, terms?.winningNumber ?? null);
}

/** Locks the lottery as well: a central that starts meanwhile waits for what is imported. */
async function demandEmpty(query: Query, name: string): Promise<void> {
  await demandSchema(query, name);
  const [row] = await query(
    `select jsonb_strip_nulls(state - 'agenciesChanges') = '{}' and acta is null and finished = 0
       and found_number is null and not exists (select from loteria.agency)
       and not exists (select from loteria.batch) and not exists (select from loteria.winner) as is_empty
     from loteria.lottery for update`,
  );
  if (row?.['is_empty'] === true) return;
  const what = 'a lottery has begun there; expected a database that is new from `store init`';
  throw new LoteriaError('CONFIG_INVALID', `${name}: ${what}`);
}

async function fill(query: Query, store: Store, directory: string): Promise<void> {
  const { state, csvPath } = store;
  const { draw } = state;
  const winners = new WinnersSaver(query);
  const bytes = await importBets(query, store, winners);
  await importAgencies(query, state, bytes);
  const digest = draw === null ? null : await hashWinners(query);
  if (digest !== (draw?.digest ?? null)) {
    throw damaged(csvPath, 0, 'the winners among the bets are not those that were drawn');
  }
  const acta = isDrawn(state) ? loadActa(readOnlyFiles, directory) : null;
  const finished = [...state.agencies.values()].filter((agency) => agency.finished).length;
  await query(
    `update loteria.lottery set state = $1::jsonb, acta = $2::json, finished = $3,
       found_number = $4, found_digest = $5`,
    [
      JSON.stringify(globalOf(state)),
      acta === null ? null : JSON.stringify(acta),
      finished,
      draw?.winningNumber ?? null,
      digest,
    ],
  );
}

/** Without owners: the first claim of an agency makes one. */
async function importAgencies(
  query: Query,
  { agencies }: Readonly<LotteryState>,
  bytes: ReadonlyMap<number, number>,
): Promise<void> {
  const all = [...agencies.values()];
  await query(
    `insert into loteria.agency (agency, epoch, stored, bytes, checksum, finished, rejected)
     select agency, 0, stored, bytes, checksum, finished, rejected
     from unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::bool[], $6::int8[])
       as agency (agency, stored, bytes, checksum, finished, rejected)`,
    [
      int4Array(all.map(({ agency }) => agency)),
      int8Array(all.map(({ stored }) => stored)),
      int8Array(all.map(({ agency }) => bytes.get(agency) ?? 0)),
      int8Array(all.map(({ checksum }) => checksum)),
      boolArray(all.map(({ finished }) => finished)),
      int8Array(all.map(({ rejected }) => rejected)),
    ],
  );
}
