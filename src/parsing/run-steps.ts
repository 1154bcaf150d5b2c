/** Long work in short steps. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Calls `step` until it returns true, and lets other work happen in between. */
export async function runSteps(step: () => boolean): Promise<void> {
  while (!step()) await nextTurn();
}
