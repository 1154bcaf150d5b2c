/** What the file system refused, as an error with a stable code. */
import { LoteriaError, messageOf, systemErrorCode } from '../../base/errors';

/**
 * @param where the data directory
 * @returns the error itself when it has a stable code already, else STORE_IO with the system's code
 */
export function storeError(where: string, error: unknown): LoteriaError {
  if (error instanceof LoteriaError) return error;
  const code = systemErrorCode(error) ?? 'error';
  const advice = code === 'ENOSPC' || code === 'EDQUOT' ? '; make room and start again' : '';
  return new LoteriaError('STORE_IO', `${where}: ${code}: ${messageOf(error)}${advice}`, {
    cause: error,
  });
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
