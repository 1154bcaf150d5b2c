/** Errors of PostgreSQL that are not retryable: what is wrong with the tables, or with the rights. */
import { LoteriaError, messageOf } from '../../base/errors';
import { sanitise } from '../../base/log/log';
import { damagedTables } from '../store-error';

/**
 * By the class of the SQLSTATE, its first two characters. Everything else may pass: a failover, a full disk, a
 * lost connection, a read-only or overloaded server.
 */
const PERMANENT = {
  /** Invalid schema name. */
  '3F': 'STORE_REFUSED',
  /** Syntax error or access rule violation: a table, column or right is missing. */
  '42': 'STORE_REFUSED',
  /** Data exception; integrity constraint violation: the rows are not those that centrals have stored. */
  '22': 'STORE_DAMAGED',
  '23': 'STORE_DAMAGED',
} as const;

const INSUFFICIENT_PRIVILEGE = '42501';
const DUPLICATE_TABLE = '42P07';
const LOCK_NOT_AVAILABLE = '55P03';

/** What to do about a STORE_REFUSED, by its SQLSTATE; empty: the message says it. */
export type Advise = (sqlState: string) => string;

/** In a command that works on tables that are there. */
export const adviseCommand: Advise = (sqlState) =>
  sqlState === INSUFFICIENT_PRIVILEGE
    ? 'Give the role its rights with `loteria store init URL --role ROLE`'
    : 'Restore the tables from a backup, or use the program that made them';

/** In a central, which ends. */
export const adviseCentral: Advise = (sqlState) => `${adviseCommand(sqlState)}, and start again`;

/** In `store init`, which makes tables and gives rights. */
export const adviseInit: Advise = (sqlState) => {
  switch (sqlState) {
    case INSUFFICIENT_PRIVILEGE:
      return 'Use a user that may make a schema in the database, or the owner of the schema loteria there';
    case DUPLICATE_TABLE:
      return 'The schema loteria has tables of something else: use another database, or remove them';
    default:
      return '';
  }
};

/**
 * @param name of the store
 * @param error whatever a statement failed with
 * @returns null: it may pass
 */
export function refusalOf(
  name: string,
  error: unknown,
  advise: Advise = () => '',
): LoteriaError | null {
  const state = sqlStateOf(error);
  if (state === null) return null;
  const { state: sqlState, message } = state;
  const entry = Object.entries(PERMANENT).find(([start]) => sqlState.startsWith(start));
  if (entry === undefined) return null;
  const [, code] = entry;
  const what = `${sqlState}: ${sanitise(message)}`;
  if (code === 'STORE_DAMAGED') return damagedTables(name, what, error);
  const advice = advise(sqlState);
  const text = `${name}: ${what}${advice === '' ? '' : `. ${advice}`}`;
  return new LoteriaError(code, text, { cause: error });
}

/** A coded error as it is; any other as a refusal, or STORE_IO. */
export function failureOf(name: string, error: unknown, advise: Advise): LoteriaError {
  if (error instanceof LoteriaError) return error;
  const io = new LoteriaError('STORE_IO', `${name}: ${messageOf(error)}`, { cause: error });
  return refusalOf(name, error, advise) ?? io;
}

/** Whether a statement has waited for a lock as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error)?.state === LOCK_NOT_AVAILABLE;
}

/** Null: the error does not come from the server. */
function sqlStateOf(error: unknown): { state: string; message: string } | null {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return null;
  const { code, message } = error;
  return typeof code === 'string' ? { state: code, message } : null;
}
