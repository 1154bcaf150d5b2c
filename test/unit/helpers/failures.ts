/** What a call throws, for tests that look at the error itself. */
import { expect } from 'chai';
import { LoteriaError, type ErrorCode } from '../../../src/base/errors';

export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, none was thrown');
}

export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
}

/** Checks that `error` is one line with this code, and says each of these words. */
export function expectFailure(error: unknown, code: ErrorCode, ...words: readonly string[]): void {
  expect(error).to.be.instanceOf(LoteriaError);
  if (!(error instanceof LoteriaError)) return;
  expect(error.code, error.message).to.equal(code);
  expect(error.message).not.to.include('\n');
  for (const word of words) expect(error.message).to.include(word);
}
