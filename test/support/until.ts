/** Waits for what no event reports, and fails when it does not come about: a wait that runs out must not pass. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is yes.
 *
 * @param what it waits for, for the error
 * @throws Error when the last answer, after `timeoutMs`, is no
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { timeoutMs = 15_000, pollMs = 20 } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not after ${String(timeoutMs)} ms: ${what}`);
    await sleep(pollMs);
  }
}
