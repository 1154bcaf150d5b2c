/**
 * Errors that are not ours: bad input, a missing file, a refused connection. Each has a stable
 * code, printed in logs, so that scripts can rely on it. (Codes on the wire are in
 * `protocol/codes.ts`.)
 */
export type ErrorCode =
  | 'BATCH_REJECTED'
  | 'BOARD_UNREACHABLE'
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
  | 'REPLACED'
  | 'STORE_DAMAGED'
  | 'STORE_INCOMPLETE'
  | 'STORE_IO'
  | 'STORE_LOCKED'
  | 'STORE_NOT_INITIALISED'
  | 'STORE_REFUSED'
  | 'STORE_WENT_BACK'
  | 'USAGE';

export class LoteriaError extends Error {
  override readonly name = 'LoteriaError';

  /**
   * @param code stable code
   * @param message one line for humans: what, where, and what to do
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The `errno` name of a system error (`ENOSPC`), or undefined. An error that comes out of a worker
 * thread has it at the beginning of its message only.
 */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /^(E[A-Z0-9]+): /.exec(error.message)?.[1];
}

/** The text to print for anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
