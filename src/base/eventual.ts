/** Values that may be available already, so that callers need not wait a turn for them; work in steps. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A value, or a promise of one where that takes time. The value itself must not have a `then`. */
export type Eventual<T> = T | PromiseLike<T>;

/** Whether a value is a promise, of whatever library: whatever has a `then` is one. */
export function isPending<T>(value: Eventual<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Uses a value at once, or when it is available. Throws, or rejects with, what `use` throws. */
export function whenThere<T, R>(value: Eventual<T>, use: (value: T) => Eventual<R>): Eventual<R> {
  return isPending(value) ? value.then(use) : use(value);
}

/** Calls one of both callbacks, once: with the result of `work`, or with its error. */
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

/** Calls `step` until it returns true, and lets other work happen in between. */
export async function runSteps(step: () => boolean): Promise<void> {
  while (!step()) await nextTurn();
}
