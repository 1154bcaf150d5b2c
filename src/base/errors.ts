/**
 * Errors that are not ours: bad input, a missing file, a refused connection. Each has a stable
 * code, printed in logs, so that scripts can rely on it. (Codes on the wire are in
 * `protocol/codes.ts`.)
 */
export type ErrorCode =
  | 'BATCH_REJECTED'
  | 'CENTRAL_REFUSED'
  | 'CONFIG_INVALID'
  | 'CONFIG_MISSING'
  | 'CONFIG_UNREADABLE'
  | 'CONNECTION_LOST'
  | 'DATA_DIFFERS'
  | 'DATA_EXISTS'
  | 'DATA_INVALID'
  | 'DATA_UNREADABLE'
  | 'GAVE_UP'
  | 'LISTEN_FAILED'
  | 'STORE_DAMAGED'
  | 'STORE_INCOMPLETE'
  | 'STORE_IO'
  | 'STORE_LOCKED'
  | 'USAGE';

export class LoteriaError extends Error {
  override readonly name = 'LoteriaError';

  /**
   * @param code stable code
   * @param message one line for people: what, where, and what to do
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `errno` name of a system error (`ENOSPC`), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What to print for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
