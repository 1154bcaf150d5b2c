/** Errors of a store, or of the system below it, with stable codes. */
import { LoteriaError, messageOf, systemErrorCode } from '../base/errors';
import type { StorePlace } from './bet-store';

/** Advice about something that the central did not create. */
export const MOVE_AWAY = 'move it away and start again';

/** The system does not let this user at something. */
class AccessDenied extends LoteriaError {}

/**
 * @param where the data directory
 * @returns the error itself when it has a stable code already, else STORE_IO with the system's code
 */
export function storeError(where: string, error: unknown): LoteriaError {
  if (error instanceof LoteriaError) return error;
  const code = systemErrorCode(error) ?? 'error';
  const message = messageOf(error);
  // The system's own messages have the code.
  const what = message.includes(`${code}: `) ? message : `${code}: ${message}`;
  const text = `${where}: ${what}${adviceFor(code)}`;
  const Kind = ACCESS_CODES.includes(code) ? AccessDenied : LoteriaError;
  return new Kind('STORE_IO', text, { cause: error });
}

const ACCESS_CODES: readonly string[] = ['EACCES', 'EPERM'];

/** At the start of a central, whose directory must be its own; a command may well be of another user. */
export function withOwnerAdvice(error: unknown): unknown {
  if (!(error instanceof AccessDenied)) return error;
  const advice = 'give the directory to the user of the central (chown -R), and start again';
  return new LoteriaError('STORE_IO', `${error.message}; ${advice}`, { cause: error.cause });
}

/** Advice for a system's error code, if any. */
function adviceFor(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return '; make room and start again';
    case 'EISDIR':
    case 'ERR_FS_EISDIR':
      return `; a directory is where the central has a file: ${MOVE_AWAY}`;
    case 'ENOTDIR':
      return '; a file is where a directory has to be: choose another path';
    case 'EACCES':
    case 'EPERM':
      return '; this user may not use it';
    case 'EROFS':
      return '; mount the file system for writing, or choose another directory, and start again';
    case 'EIO':
      return '; check the disk, and start again';
    case 'EMFILE':
    case 'ENFILE':
      return '; raise the limit on open files (ulimit -n), and start again';
    default:
      return '';
  }
}

/** Gives errors of the file system a stable code; failed assertions stay unchanged. */
export async function withStoreErrors<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withStoreCode(where, error);
  }
}

/** An error of the file system with a stable code; any other error unchanged. */
export function withStoreCode(where: string, error: unknown): unknown {
  return systemErrorCode(error) === undefined ? error : storeError(where, error);
}

const RESTORE =
  'Keep a copy of the directory, restore the file from a backup, or start with an empty DATA_DIR and ' +
  'let the agencies resend';

const RESTORE_DATABASE = 'Keep a copy of the database, and restore it from a backup';

/** The error for tables in a database that no central can have written. @param name of the store */
export function damagedTables(name: string, what: string, cause?: unknown): LoteriaError {
  return new LoteriaError('STORE_DAMAGED', `${name}: ${what}. ${RESTORE_DATABASE}`, { cause });
}

/** The error for a store that is not the one of which a value was published, or whose value is mistyped. */
export function otherThanPublished(where: string, found: string, published: string): LoteriaError {
  const advice = 'Check first that this is what was published, and of this lottery';
  const text = `${where}: ${found}, not the published value ${published}`;
  return new LoteriaError('STORE_DAMAGED', `${text}. Nothing was changed. ${advice}`);
}

/**
 * The error for a store whose files the central cannot have written.
 *
 * @param advice what to do
 */
export function damaged(
  file: string,
  offset: number,
  what: string,
  advice = RESTORE,
): LoteriaError {
  return new LoteriaError(
    'STORE_DAMAGED',
    `${file}: offset ${String(offset)}: ${what}. Nothing was changed. ${advice}`,
  );
}

/**
 * Makes the error for damage that was found in one place, for checks of files and of databases alike.
 *
 * @param offset in the file, 0 where it is not known; tables have none
 * @param advice what to do about a file
 */
export type DamageAt = (what: string, offset?: number, advice?: string) => LoteriaError;

/** Damage of a file; the advice is to restore a backup, unless another is given. */
export function damageIn(file: string): DamageAt {
  return (what, offset = 0, advice) => damaged(file, offset, what, advice);
}

/** Damage of a database, where offset and advice are ignored: only a backup helps. @param name of the store */
export function damageInTables(name: string): DamageAt {
  return (what) => damagedTables(name, what);
}

/** For a store as a whole, of either kind: {@link damageIn} its directory, or {@link damageInTables}. */
export function damageAt({ name, kind }: StorePlace): DamageAt {
  return kind === 'directory' ? damageIn(name) : damageInTables(name);
}

/** The error for an undamaged store in which a file is not written yet. */
export function incomplete(path: string, what: string): LoteriaError {
  return new LoteriaError(
    'STORE_INCOMPLETE',
    `${path}: ${what}; start the central on this directory once, which completes it`,
  );
}

/** The error for a directory that no central has ever used. */
export function noStore(directory: string): LoteriaError {
  return new LoteriaError(
    'DATA_UNREADABLE',
    `${directory}: there is no journal; expected DATA_DIR of a central`,
  );
}
