/** What a store refuses, or was refused by the system, as errors with stable codes. */
import { LoteriaError, messageOf, systemErrorCode } from '../base/errors';

/** What to do about something that the central did not put there. */
export const MOVE_AWAY = 'move it away and start again';

/**
 * @param where the data directory
 * @returns the error itself when it has a stable code already, else STORE_IO with the system's code
 */
export function storeError(where: string, error: unknown): LoteriaError {
  if (error instanceof LoteriaError) return error;
  const code = systemErrorCode(error) ?? 'error';
  return new LoteriaError('STORE_IO', `${where}: ${code}: ${messageOf(error)}${adviceFor(code)}`, {
    cause: error,
  });
}

/** What to do, where the system's code says it. */
function adviceFor(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return '; make room and start again';
    case 'EISDIR':
    case 'ERR_FS_EISDIR':
      return `; a directory is where the central has a file: ${MOVE_AWAY}`;
    default:
      return '';
  }
}

/** Gives what the file system refuses a stable code; our own mistakes stay what they are. */
export async function withStoreErrors<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withStoreCode(where, error);
  }
}

/** What the file system refuses, with a stable code; anything else as it is. */
export function withStoreCode(where: string, error: unknown): unknown {
  return systemErrorCode(error) === undefined ? error : storeError(where, error);
}

const RESTORE =
  'Keep a copy of the directory, restore the file from a backup, or start with an empty DATA_DIR and ' +
  'let the agencies resend';

/**
 * Refuses a store whose files contradict what the central could have written.
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

/** Nothing is wrong, but something that the central would write is not there yet. */
export function incomplete(path: string, what: string): LoteriaError {
  return new LoteriaError(
    'STORE_INCOMPLETE',
    `${path}: ${what}; start the central on this directory once, which completes it`,
  );
}
