import { LoteriaError } from '../base/errors';

/** Nothing is wrong, but something that the central would write is not there yet. */
export function incomplete(path: string, what: string): LoteriaError {
  return new LoteriaError(
    'STORE_INCOMPLETE',
    `${path}: ${what}; start the central on this directory once, which completes it`,
  );
}
