/**
 * What went wrong in TLS, in few words: OpenSSL's own messages are addresses and source lines.
 *
 * @returns what the system says (ECONNREFUSED, ...) as it is, everything else as `TLS: reason`
 */
export function readableTlsError(error: Error): Error {
  if ('syscall' in error) return error;
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
  const hint = reason === 'wrong version number' ? ' (the other side does not speak TLS)' : '';
  return new Error(`TLS: ${reason ?? error.message}${hint}`, { cause: error });
}
