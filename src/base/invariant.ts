/**
 * Thrown for a bug in the program, never for a mistake of a peer or an operator. The process must stop: its
 * state can no longer be trusted.
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Stops with an {@link InvariantError} unless `condition` holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The value, which must be there; for what a type cannot express. */
export function present<T>(value: T | null | undefined, message: string): T {
  invariant(value !== null && value !== undefined, message);
  return value;
}

/** For the `default` of an exhaustive switch: the compiler rejects a call that can be reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value: ${JSON.stringify(value)}`);
}
