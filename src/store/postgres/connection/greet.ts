/** One server of a replicated PostgreSQL is connected to, and says what it is. */
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import type { Client } from 'pg';
import { messageOf } from '../../../base/errors';
import { LIMITS } from '../../../base/limits';
import type * as PgClient from './pg-client';
import type { ServerConfig } from './place';

/** A bundle of its own: nobody else reads it. (A source has no extension here, where it is not bundled.) */
const loadClient = createRequire(__filename);

/** A boolean expression: whether a commit waits for a standby. If it does not, there is no notice to detect it by. */
export const WAITS_FOR_STANDBY = `(current_setting('synchronous_standby_names') <> ''
  and current_setting('synchronous_commit') in ('on', 'remote_apply'))`;

export interface Link {
  readonly client: Client;
  readonly socket: Socket;
  /** The server has said that what was asked last may be lost, whatever it answers. */
  isUncertain: boolean;
}

export interface Greeted extends Link {
  readonly isStandby: boolean;
  readonly waits: boolean;
  /** 8 hexadecimal digits; empty on a standby. */
  readonly timeline: string;
}

/**
 * The notice of a cancelled wait is a warning; settings of the role must not hide it. And a central whose machine is
 * gone in the middle of a draw must not keep the lock on it until TCP gives the connection up.
 */
const SESSION_OPTIONS = [
  '-c client_min_messages=warning',
  `-c idle_in_transaction_session_timeout=${String(LIMITS.storeIdleTransactionTimeoutMs)}`,
  // A server that waits for the central to take an answer is not idle.
  `-c tcp_user_timeout=${String(LIMITS.storeIdleTransactionTimeoutMs)}`,
].join(' ');

/** @returns the reason: it cannot be reached, refuses the connection, or does not answer in time */
export async function greet(
  server: ServerConfig,
  answerTimeoutMs: number,
): Promise<Greeted | string> {
  const { Client } = loadClient('./pg-client') as typeof PgClient;
  const socket = new Socket();
  const client = new Client({
    ...server,
    stream: () => socket,
    application_name: 'loteria',
    options: SESSION_OPTIONS,
    connectionTimeoutMillis: LIMITS.storeConnectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  });
  // Errors between statements; those of statements reject them.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { client, socket, isUncertain: false, ...(await describe(client)) };
  } catch (error) {
    socket.destroy();
    return messageOf(error);
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
