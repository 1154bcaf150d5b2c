/** Values that may be here already: whoever has them at hand need not let others wait a turn. */

export type Eventual<T> = T | PromiseLike<T>;

export function isPending<T>(value: Eventual<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Goes on with a value at once, or when it is there. What `use` throws, this throws or rejects with. */
export function whenThere<T, R>(value: Eventual<T>, use: (value: T) => Eventual<R>): Eventual<R> {
  return isPending(value) ? value.then(use) : use(value);
}

/** Calls one of both, once: what `work` comes to, or what it throws or rejects with. */
export function settle<T>(
  work: () => Eventual<T>,
  onValue: (value: T) => void,
  onError: (error: unknown) => void,
): void {
  let value: Eventual<T>;
  try {
    value = work();
  } catch (error) {
    onError(error);
    return;
  }
  if (isPending(value)) value.then(onValue, onError);
  else onValue(value);
}
