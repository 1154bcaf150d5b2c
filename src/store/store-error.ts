/** What the file system refused, as an error with a stable code. */
import { LoteriaError, messageOf, systemErrorCode } from '../base/errors';

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
