/**
 * Runs simulations: `npm run simulate -- --seeds N [--seed S] [--trace]`.
 *
 * Prints the seed, the check and what happened last for each simulation that fails; the exit code
 * is then 1.
 */
import { Command, InvalidArgumentError } from 'commander';
import { simulate, type SimulationResult } from './simulation';

interface Options {
  readonly seeds: number;
  readonly seed?: number;
  readonly trace: boolean;
  readonly failures: number;
}

const SEED_MAX = 2 ** 31;
const REPORT_MS = 10_000;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('expected a whole number, 0 or more');
  }
  return value;
}

const options = new Command('simulate')
  .description('runs the whole lottery in a simulated world, once for each seed')
  .option('--seeds <n>', 'how many simulations', wholeNumber, 1)
  .option('--seed <s>', 'the first seed; the others follow it (default: any)', wholeNumber)
  .option('--trace', 'print everything that happens', false)
  .option('--failures <n>', 'stop after so many failures', wholeNumber, 1)
  .parse()
  .opts<Options>();

process.exitCode = runAll(options) === 0 ? 0 : 1;

/** @returns how many failed */
function runAll({ seeds, seed, trace, failures }: Options): number {
  const first = seed ?? Math.floor(Math.random() * (SEED_MAX - seeds));
  console.log(`seeds ${String(first)} to ${String(first + seeds - 1)}`);
  const startMs = performance.now();
  let reportedMs = startMs;
  let failed = 0;
  let steps = 0;
  let done = 0;
  const report = (): void => {
    const seconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage();
    const perSecond = (done / seconds).toFixed(0);
    // Of its own processor time: what others use of the machine does not count.
    const perCpuSecond = ((done * 1e6) / (user + system)).toFixed(0);
    const rate = `${perSecond} seeds/s, ${perCpuSecond} per second of processor time`;
    const detail = `${String(steps)} steps, ${seconds.toFixed(1)} s, ${rate}`;
    console.log(`${String(done)} seeds, ${String(failed)} failed, ${detail}`);
  };
  while (done < seeds && failed < failures) {
    const result = simulate(first + done, trace ? console.log : null);
    done++;
    steps += result.steps;
    if (result.failure !== null) {
      failed++;
      describe(result, trace);
    }
    if (performance.now() - reportedMs > REPORT_MS) {
      reportedMs = performance.now();
      report();
    }
  }
  report();
  return failed;
}

function describe({ seed, failure, tail, steps, endMs }: SimulationResult, traced: boolean): void {
  const { check, found } = failure ?? { check: '', found: '' };
  console.log(`seed ${String(seed)} failed: ${check}: ${found}`);
  if (!traced) for (const line of tail) console.log(line);
  console.log(`seed ${String(seed)} failed at step ${String(steps)}, ${String(endMs)} ms`);
  console.log(`check: ${check}`);
  console.log(`found: ${found}`);
  console.log(`again: npm run simulate -- --seed ${String(seed)} --trace`);
}
