/** `loteria store status`: what a database holds of a lottery, and how it is replicated. */
import { accessTo } from '../../store/postgres/open-postgres';
import { WAITS_FOR_STANDBY } from '../../store/postgres/connection/greet';
import type { Query, Row } from '../../store/postgres/connection/primary';
import { SCHEMA_VERSION } from '../../store/postgres/schema';
import { atOneMoment, type StoredLottery } from '../../store/postgres/stored-lottery';
import { commitmentOf, type NumberTerms } from '../../store/terms';

/** A server that receives what the primary writes; null: only a role with `pg_read_all_stats` may see it. */
export interface Standby {
  readonly name: string;
  readonly address: string | null;
  /** `streaming`, `catchup`, ... */
  readonly state: string | null;
  /** `sync` or `quorum`: commits may wait for it; `potential`, `async`. */
  readonly synchronous: string | null;
  /** What it has not applied yet. */
  readonly lagBytes: number | null;
  /** Null also while nothing is written. */
  readonly lagSeconds: number | null;
}

export interface StoreStatus {
  readonly store: string;
  readonly schemaVersion: number;
  /** Null: no central has begun. */
  readonly expectedAgencies: number | null;
  /** That have bets, or have finished. */
  readonly agencies: number;
  readonly finished: number;
  readonly bets: number;
  /** Of bets.csv. */
  readonly bytes: number;
  readonly rejected: number;
  /** How the winning number is found; null: no central has begun. */
  readonly number:
    | { readonly kind: 'fixed'; readonly number: number }
    | { readonly kind: 'random' | 'beacon'; readonly commitment: string }
    | null;
  readonly draw: {
    readonly id: string;
    readonly time: string;
    readonly winningNumber: number;
    readonly winners: number;
    /** Whether it is written. */
    readonly acta: boolean;
  } | null;
  readonly primary: { readonly address: string; readonly port: number; readonly version: string };
  /** Whether a commit counts only if a standby has it too. */
  readonly waitsForStandby: boolean;
  readonly standbys: readonly Standby[];
}

const PRIMARY = `select host(inet_server_addr()) as address, inet_server_port() as port,
  current_setting('server_version') as version, ${WAITS_FOR_STANDBY} as waits`;

const STANDBYS = `select application_name as name, host(client_addr) as address, state, sync_state,
  pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 as lag_bytes,
  extract(epoch from replay_lag)::float8 as lag_seconds
  from pg_stat_replication order by application_name, pid`;

/**
 * @param url of the database
 * @param passwordFile null: no password
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE, STORE_IO, STORE_NOT_INITIALISED, STORE_DAMAGED; STORE_REFUSED
 *   also for tables of another version
 */
export function storeStatus(url: string, passwordFile: string | null): Promise<StoreStatus> {
  // Whether commits wait is part of the answer, and no condition for it.
  const access = { ...accessTo(url, passwordFile), demandsStandby: false };
  return atOneMoment(access, statusOf);
}

async function statusOf(query: Query, lottery: StoredLottery): Promise<StoreStatus> {
  const { name, state, acta, finished } = lottery;
  const { terms, draw, csvBytes } = state;
  const [primary = {}] = await query(PRIMARY);
  const agencies = [...state.agencies.values()];
  return {
    store: name,
    schemaVersion: SCHEMA_VERSION,
    expectedAgencies: terms?.agencies ?? null,
    agencies: agencies.length,
    finished,
    bets: agencies.reduce((sum, { stored }) => sum + stored, 0),
    bytes: csvBytes,
    rejected: agencies.reduce((sum, { rejected }) => sum + rejected, 0),
    number: numberOf(terms?.winningNumber ?? null),
    draw: draw && {
      id: draw.id,
      time: new Date(draw.timeMs).toISOString(),
      winningNumber: draw.winningNumber,
      winners: draw.winners,
      acta: acta !== null,
    },
    primary: {
      address: String(primary['address']),
      port: Number(primary['port']),
      version: String(primary['version']),
    },
    waitsForStandby: primary['waits'] === true,
    standbys: (await query(STANDBYS)).map(standbyOf),
  };
}

/** The seed stays a secret. */
function numberOf(terms: NumberTerms | null): StoreStatus['number'] {
  if (terms === null || terms.kind === 'fixed') return terms;
  return { kind: terms.kind, commitment: commitmentOf(terms.seed) };
}

function standbyOf(row: Row): Standby {
  const text = (column: string): string | null =>
    typeof row[column] === 'string' ? row[column] : null;
  const number = (column: string): number | null =>
    typeof row[column] === 'number' ? row[column] : null;
  return {
    name: String(row['name']),
    address: text('address'),
    state: text('state'),
    synchronous: text('sync_state'),
    lagBytes: number('lag_bytes'),
    lagSeconds: number('lag_seconds'),
  };
}

/** For people. */
export function statusText(status: StoreStatus): string {
  const { primary, expectedAgencies, standbys } = status;
  const expected = expectedAgencies === null ? 'not known yet' : String(expectedAgencies);
  return [
    `${status.store}: schema version ${String(status.schemaVersion)}`,
    `agencies: ${expected} expected, ${String(status.agencies)} took part, ` +
      `${String(status.finished)} finished`,
    `bets: ${String(status.bets)} in ${String(status.bytes)} bytes, ` +
      `${String(status.rejected)} rejected`,
    `winning number: ${numberText(status)}`,
    `draw: ${drawText(status)}`,
    `primary: ${primary.address}:${String(primary.port)}, PostgreSQL ${primary.version}`,
    `commits wait for a standby: ${status.waitsForStandby ? 'yes' : 'no'}`,
    ...(standbys.length === 0 ? ['standbys: none'] : standbys.map(standbyText)),
    '',
  ].join('\n');
}

function numberText({ number }: StoreStatus): string {
  if (number === null) return 'not known yet';
  if (number.kind === 'fixed') return `${String(number.number)}, fixed`;
  return `random, commitment ${number.commitment}`;
}

function drawText({ draw }: StoreStatus): string {
  if (draw === null) return 'none yet';
  const acta = draw.acta ? 'with its acta' : 'its acta is not written yet';
  return (
    `${draw.id}, ${draw.time}, number ${String(draw.winningNumber)}, ` +
    `${String(draw.winners)} winners, ${acta}`
  );
}

function standbyText({ name, address, state, ...standby }: Standby): string {
  if (state === null) return `standby ${name}: shown to roles with pg_read_all_stats only`;
  const { synchronous, lagBytes, lagSeconds } = standby;
  const lag = lagSeconds === null ? '' : `, ${lagSeconds.toFixed(3)} s`;
  const behind = `${String(lagBytes ?? '?')} bytes${lag} behind`;
  return `standby ${name} (${address ?? '?'}): ${state}, ${synchronous ?? '?'}, ${behind}`;
}
