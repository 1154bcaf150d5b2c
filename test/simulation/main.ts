/**
 * Runs simulations: `npm run simulate -- --seeds N [--seed S] [--jobs N] [--trace]`.
 *
 * Prints the seed, the check and what happened last for each simulation that fails; the exit code
 * is then 1.
 */
import { Command, InvalidArgumentError } from 'commander';
import { isMainThread } from 'node:worker_threads';
import { buildName } from '../support/build-name';
import { runInThreads, serveThread, type SeedRange } from './threads';
import { simulate, simulateFast, type SimulationResult } from './simulation';

interface Options {
  readonly seeds: number;
  readonly seed?: number;
  readonly jobs: number;
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

async function main(): Promise<void> {
  const options = new Command('simulate')
    .description('runs the whole lottery in a simulated world, once for each seed')
    .option('--seeds <n>', 'how many simulations', wholeNumber, 1)
    .option('--seed <s>', 'the first seed; the others follow it (default: any)', wholeNumber)
    .option('--jobs <n>', 'threads to share the seeds among', wholeNumber, 1)
    .option('--trace', 'print everything that happens', false)
    .option('--failures <n>', 'stop after so many failures', wholeNumber, 1)
    .parse()
    .opts<Options>();
  const { seeds, seed, jobs, trace, failures } = options;
  const first = seed ?? Math.floor(Math.random() * (SEED_MAX - seeds));
  const range = { first, count: seeds };
  const campaign = new Campaign(range, failures, trace);
  const onResult = (result: SimulationResult): boolean => campaign.count(result);
  if (jobs > 1) await runInThreads(range, jobs, onResult);
  else runHere(range, trace, onResult);
  process.exitCode = campaign.end() === 0 ? 0 : 1;
}

function runHere(
  { first, count }: SeedRange,
  trace: boolean,
  onResult: (result: SimulationResult) => boolean,
): void {
  for (let seed = first; seed < first + count; seed++) {
    if (!onResult(trace ? simulate(seed, console.log) : simulateFast(seed))) return;
  }
}

/** Counts results, and prints how it goes. */
class Campaign {
  private readonly startMs = performance.now();
  private reportedMs = this.startMs;
  private failed = 0;
  private steps = 0;
  private done = 0;
  private readonly build = buildName(process.cwd());

  constructor(
    private readonly range: SeedRange,
    private readonly failuresMax: number,
    private readonly traced: boolean,
  ) {
    const { first, count } = range;
    console.log(`seeds ${String(first)} to ${String(first + count - 1)}, build ${this.build}`);
  }

  /** @returns whether to go on */
  count(result: SimulationResult): boolean {
    this.done++;
    this.steps += result.steps;
    if (result.failure !== null) {
      this.failed++;
      describe(result, this.traced);
    }
    if (performance.now() - this.reportedMs > REPORT_MS) {
      this.reportedMs = performance.now();
      this.report();
    }
    return this.failed < this.failuresMax;
  }

  /** @returns how many failed */
  end(): number {
    this.report();
    const { first } = this.range;
    const seeds = `${String(this.done)} seeds from ${String(first)} on`;
    const outcome = `${String(this.steps)} events, ${String(this.failed)} failed`;
    console.log(`record: build ${this.build}, ${seeds}, ${outcome}`);
    return this.failed;
  }

  private report(): void {
    const seconds = (performance.now() - this.startMs) / 1_000;
    const { user, system } = process.cpuUsage();
    const perSecond = (this.done / seconds).toFixed(0);
    // Of its own processor time: what others use of the machine does not count.
    const perCpuSecond = ((this.done * 1e6) / (user + system)).toFixed(0);
    const rate = `${perSecond} seeds/s, ${perCpuSecond} per second of processor time`;
    const detail = `${String(this.steps)} events, ${seconds.toFixed(1)} s, ${rate}`;
    console.log(`${String(this.done)} seeds, ${String(this.failed)} failed, ${detail}`);
  }
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

if (isMainThread) void main();
else serveThread();
