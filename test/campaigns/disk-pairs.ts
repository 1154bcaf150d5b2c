/**
 * Every pair of failing calls, on the simulated disk: call i of one life of the store, then call j
 * of the next, recovery included. Between them the process ends, or the power goes as well. The
 * life after that must find what was acknowledged.
 */
import type { MemoryFiles } from '../support/memory-files';
import {
  callsThatCanFail,
  describeCall,
  expectKept,
  goOn,
  only,
  run,
} from '../support/store-faults';
import { nothingElse } from '../support/store-random';

const ENDS = {
  'process killed': (files: MemoryFiles): MemoryFiles => files.kill(),
  'power lost': (files: MemoryFiles): MemoryFiles => files.crash(nothingElse),
} as const;

export interface PairsReport {
  readonly pairs: number;
  readonly problems: string[];
}

/**
 * @param log is told how far it is
 * @param every 1: every pair; n: only every n-th first call
 */
export function runPairs(log: (text: string) => void, every = 1): PairsReport {
  let pairs = 0;
  const problems: string[] = [];
  const firsts = callsThatCanFail().filter((_, i) => i % every === 0);
  for (const [done, first] of firsts.entries()) {
    for (const [end, endOf] of Object.entries(ENDS)) {
      const next = (): ReturnType<typeof run> & { disk: MemoryFiles } => {
        const outcome = run(only(first.index, 'EIO'));
        return { ...outcome, disk: endOf(outcome.files) };
      };
      const plain = next();
      const seconds = goOn(plain.disk, plain.allowed, () => null).files.calls;
      for (const second of seconds.filter(({ kind }) => kind !== 'exists')) {
        pairs++;
        try {
          const { disk, allowed } = next();
          const outcome = goOn(disk, allowed, only(second.index, 'EIO'));
          expectKept(endOf(outcome.files), outcome.allowed);
        } catch (error) {
          const where = `${describeCall(first)}, ${end}, ${describeCall(second)}`;
          problems.push(`${where}: ${String(error)}`);
        }
      }
    }
    if ((done + 1) % 20 === 0) {
      log(`${String(done + 1)} of ${String(firsts.length)} first calls, ${String(pairs)} pairs`);
    }
  }
  return { pairs, problems };
}
