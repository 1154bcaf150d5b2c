/**
 * One connection to whichever server of a replicated PostgreSQL is the primary. An answer counts only if the
 * transaction itself has waited for its synchronous standby: a wait that was cancelled is a failure, although the
 * server reports success (a notice says so just before).
 */
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import type { Client } from 'pg';
import { LIMITS } from '../../base/limits';
import type * as PgClient from './pg-client';
import type { ServerConfig } from './place';

/** A bundle of its own: nobody else reads it. (A source has no extension here, where it is not bundled.) */
const loadClient = createRequire(__filename);

/** Notices after which nothing of the transaction is certain: a cancelled wait, a terminated backend. */
const UNCERTAIN: ReadonlySet<string> = new Set(['01000', '57P01']);

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = Buffer | string | number | boolean | null;
export type Query = (text: string, parameters?: readonly Parameter[]) => Promise<readonly Row[]>;

export interface PrimaryOptions {
  /** One for each server. */
  readonly servers: readonly ServerConfig[];
  /** Whether commits must wait for a standby; without, a failover may lose what was acknowledged. */
  readonly demandsStandby: boolean;
  /** How long a statement may take. */
  readonly answerTimeoutMs?: number;
  /** Told of notifications on {@link CHANNEL}; undefined: it does not listen. */
  readonly onNotified?: () => void;
  /** Told of each connection but the first. */
  readonly onReconnected?: () => void;
}

/**
 * SQL: its position in the log comes after everything that was read before it, so that its transaction ends when
 * a standby has that, too: a plain select would see what may still be lost.
 */
export const WAIT_FOR_STANDBY = "select pg_logical_emit_message(true, 'loteria', 'seen')";

/** What centrals notify each other on. */
export const CHANNEL = 'loteria';

export class Primary {
  private link: Link | null = null;
  private isUncertain = false;
  private isClosed = false;
  private wasConnected = false;
  /** The end of what was asked for so far: one statement or transaction at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PrimaryOptions) {}

  /** Runs one statement; connects first where that is necessary. A failure drops the connection. */
  readonly query: Query = (text, parameters) => this.inTurn(() => this.run(text, parameters));

  private readonly run: Query = async (text, parameters = []) => {
    const link = await this.connected();
    try {
      const { rows } = await link.client.query<Row>(text, [...parameters]);
      if (this.isUncertain) throw new Error('the wait for the standby was interrupted');
      return rows;
    } catch (error) {
      this.drop(link);
      throw error;
    }
  };

  /** Runs statements as one transaction. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.run('begin');
      const { link } = this;
      // Of one connection: behind a lost one it would be half of a transaction.
      const query: Query = (text, parameters) => {
        if (link === null || this.link !== link) throw new Error('the connection was lost');
        return this.run(text, parameters);
      };
      try {
        const result = await work(query);
        await query('commit');
        return result;
      } catch (error) {
        if (link !== null) this.drop(link);
        throw error;
      }
    });
  }

  /** Runs `work` when it is its turn: what it asks for next is asked at once. */
  inTurn<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const own = (): Promise<T> => work(this.run);
    const result = this.last.then(own, own);
    this.last = result.catch(() => undefined);
    return result;
  }

  /**
   * Makes sure that commits wait for a standby now, if that is demanded.
   *
   * @throws Error where they do not, and drops the connection
   */
  async demandStandby(query: Query): Promise<void> {
    if (!this.options.demandsStandby) return;
    const [row] = await query(`select ${WAITS_FOR_STANDBY} as waits`);
    if (row?.['waits'] === true) return;
    if (this.link !== null) this.drop(this.link);
    throw new Error('the primary does not wait for a standby any more');
  }

  close(): void {
    this.isClosed = true;
    if (this.link !== null) this.drop(this.link);
  }

  private drop(link: Link): void {
    if (link === this.link) this.link = null;
    // Without a goodbye: the server may be frozen, or in the middle of a statement.
    link.socket.destroy();
  }

  private async connected(): Promise<Link> {
    if (this.isClosed) throw new Error('the store is closed');
    if (this.link !== null) return this.link;
    const link = await this.findPrimary();
    const { client } = link;
    const { onNotified, onReconnected } = this.options;
    this.isUncertain = false;
    client.on('notice', ({ code }) => {
      if (link === this.link && UNCERTAIN.has(code ?? '')) this.isUncertain = true;
    });
    const forget = (): void => {
      if (link === this.link) this.link = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    if (onNotified !== undefined) {
      client.on('notification', onNotified);
      await client.query(`listen ${CHANNEL}`);
    }
    this.link = link;
    if (this.wasConnected) onReconnected?.();
    this.wasConnected = true;
    return link;
  }

  /** Asks all servers at once; of two that take themselves for the primary, the higher timeline is it. */
  private async findPrimary(): Promise<Link> {
    const { servers, demandsStandby } = this.options;
    const timeoutMs = this.options.answerTimeoutMs ?? LIMITS.storeAnswerTimeoutMs;
    const found = await Promise.all(servers.map((server) => greet(server, timeoutMs)));
    const candidates = found
      .filter((one) => one !== null)
      .filter(({ isStandby, waits }) => !isStandby && (waits || !demandsStandby))
      .sort((a, b) => (a.timeline < b.timeline ? 1 : -1));
    const [primary] = candidates;
    for (const one of found) if (one !== null && one !== primary) this.drop(one);
    if (primary !== undefined) return primary;
    const what = demandsStandby ? 'primary that waits for a standby' : 'primary';
    throw new Error(`no ${what} among ${String(servers.length)} servers`);
  }
}

/** SQL: whether a commit waits for a standby; where nobody waits, nothing says so. */
export const WAITS_FOR_STANDBY = `(current_setting('synchronous_standby_names') <> ''
  and current_setting('synchronous_commit') in ('on', 'remote_apply'))`;

interface Link {
  readonly client: Client;
  readonly socket: Socket;
}

interface Greeted extends Link {
  readonly isStandby: boolean;
  readonly waits: boolean;
  /** 8 hexadecimal digits; empty on a standby. */
  readonly timeline: string;
}

/** @returns null: it cannot be reached, or does not answer in time */
async function greet(server: ServerConfig, answerTimeoutMs: number): Promise<Greeted | null> {
  const { Client } = loadClient('./pg-client') as typeof PgClient;
  const socket = new Socket();
  const client = new Client({
    ...server,
    stream: () => socket,
    application_name: 'loteria',
    connectionTimeoutMillis: LIMITS.storeConnectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  });
  // Errors between statements; those of statements reject them.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { client, socket, ...(await describe(client)) };
  } catch {
    socket.destroy();
    return null;
  }
}

async function describe(client: Client): Promise<Omit<Greeted, keyof Link>> {
  const { rows } = await client.query<{ standby: boolean; waits: boolean; file: string | null }>({
    text: `select pg_is_in_recovery() as standby, ${WAITS_FOR_STANDBY} as waits,
       case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end as file`,
    query_timeout: LIMITS.storeConnectTimeoutMs,
  } as { text: string });
  const [row] = rows;
  const { standby: isStandby = true, waits = false, file = null } = row ?? {};
  return { isStandby, waits, timeline: (file ?? '').slice(0, 8) };
}
