/**
 * Several centrals, a replicated PostgreSQL, and whatever may fail of them, on real processes
 * (docs/RELIABILITY.md, "Cluster campaign"). A seed fixes data and plan; the machine decides the rest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agencyFile, generateBets } from '../../src/tools/data/generate-bets';
import { readInput } from '../support/bets-check';
import { buildName } from '../support/build-name';
import { PatroniCluster } from '../support/patroni';
import { cleanUp, loteria, ROOT } from '../support/program';
import type { Random } from '../support/memory-file';
import { randomOf } from '../support/store-random';
import { ClusterLottery, type ClusterLotteryPlan } from './cluster-lottery';
import { FAILOVER_KINDS, KIND_NAMES, type Planned } from './cluster-plan';
import type { FaultSeen } from './cluster-silence';

const AGENCIES = [1, 2, 3, 4, 5];
/** Faults while bets arrive (one more strikes at the draw), and how long each may take. */
const MIXED = { faults: 4, paceSeconds: 10 };
const FAILOVERS = { faults: 9, paceSeconds: 22 };
/** One in so many faults, by chance, is two at once. */
const PAIR_EVERY = 4;
/** After so many there are new nodes: each that comes back copies the whole log. */
const RUNS_PER_CLUSTER = 3;
const STARTS_MAX = 5;
const BETS = { min: 2_500, more: 4_000 };
/** What is added up over all lotteries. */
const SUMS = ['refusedStarts', 'failovers', 'acknowledgements', 'withoutEffect'] as const;

export interface ClusterOptions {
  readonly runs: number;
  readonly seed: number;
  /** No run begins later. */
  readonly minutes: number;
  /** Nothing but faults that make another node the primary. */
  readonly failoversOnly: boolean;
  readonly onProgress: (line: string) => void;
  /** Ends it early: what it has started, and its files, are gone when it returns. */
  readonly signal: AbortSignal;
}

export interface ClusterReport {
  readonly build: string;
  readonly seed: number;
  /** That came to their end without a violation. */
  readonly runs: number;
  readonly minutes: number;
  readonly faults: readonly FaultSeen[];
  /** Faults that befell nothing; they are not among those above. */
  readonly withoutEffect: number;
  readonly refusedStarts: number;
  readonly failovers: number;
  readonly acknowledgements: number;
  /** Empty when all went well. */
  readonly problems: readonly string[];
  /** Of the run that failed. */
  readonly failedSeed: number | null;
  readonly directory: string;
}

/** Ends at the first run with a violation. */
export async function runClusterFaults(options: ClusterOptions): Promise<ClusterReport> {
  const startedMs = performance.now();
  const build = buildName(ROOT);
  const root = mkdtempSync(join(tmpdir(), 'loteria-cluster-faults-'));
  const faults: FaultSeen[] = [];
  let problems: readonly string[] = [];
  let failedSeed: number | null = null;
  let runs = 0;
  const sums = { refusedStarts: 0, failovers: 0, acknowledgements: 0, withoutEffect: 0 };
  let cluster: PatroniCluster | null = null;
  let seed = options.seed;
  const unlessStopped = stoppable(options.signal);
  const minutesSince = (): number => (performance.now() - startedMs) / 60_000;
  const isOver = (): boolean =>
    seed >= options.seed + options.runs || minutesSince() > options.minutes || failedSeed !== null;
  try {
    for (; !isOver(); seed++) {
      const random = randomOf(seed);
      if (cluster === null || (seed - options.seed) % RUNS_PER_CLUSTER === 0) {
        await cluster?.stop();
        cluster = await unlessStopped(startCluster());
      }
      const lottery = await unlessStopped(
        makeLottery(cluster, {
          ...{ seed, random, directory: join(root, `seed-${String(seed)}`) },
          bets: BETS.min + Math.floor(random() * BETS.more),
          centrals: 2 + Math.floor(random() * 2),
          ...planOf(random, seed, options.failoversOnly),
          onFault: (fault) => faults.push(fault),
          onProgress: options.onProgress,
        }),
      );
      await unlessStopped(lottery.run());
      for (const name of SUMS) sums[name] += lottery[name];
      ({ problems } = lottery);
      if (problems.length > 0) failedSeed = seed;
      else runs++;
      options.onProgress(
        `seed ${String(seed)}: so far ${String(faults.length)} faults, ${String(sums.failovers)} failovers, ` +
          `${String(sums.acknowledgements)} acknowledgements`,
      );
    }
  } catch (error) {
    if (!options.signal.aborted) {
      failedSeed = seed;
      problems = [String(error)];
    }
  } finally {
    await cleanUp();
    await cluster?.stop();
    // A lottery that was stopped goes on for a moment, and may have started a central again.
    await cleanUp();
    if (failedSeed === null) rmSync(root, { recursive: true, force: true });
  }
  return {
    ...{ build, seed: options.seed, runs, minutes: minutesSince() },
    ...{ faults, ...sums, problems, failedSeed, directory: root },
  };
}

/** @returns what rejects, whatever it is given, as soon as the signal comes */
function stoppable(signal: AbortSignal): <T>(work: Promise<T>) => Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('stopped'));
    });
  });
  // It may come while nothing is awaited.
  stopped.catch(() => undefined);
  return (work) => Promise.race([work, stopped]);
}

/** On an overloaded machine the first start of nodes can take longer than it is waited for. */
async function startCluster(): Promise<PatroniCluster> {
  for (let start = 1; ; start++) {
    try {
      return await PatroniCluster.start();
    } catch (error) {
      if (start === STARTS_MAX) throw error;
    }
  }
}

interface LotteryOptions extends Omit<ClusterLotteryPlan, 'cluster' | 'inputs' | 'file'> {
  readonly seed: number;
  /** Of each of the five agencies. */
  readonly bets: number;
}

/** Makes data, and the tables anew. */
async function makeLottery(
  cluster: PatroniCluster,
  { seed, bets, ...options }: LotteryOptions,
): Promise<ClusterLottery> {
  const { directory } = options;
  const primary = await cluster.waitUntilWhole();
  await cluster.query(primary, 'drop schema if exists loteria cascade');
  const hosts = cluster.servers.map(({ host, port }) => `${host}:${String(port)}`).join();
  const url = `postgres://owner@${hosts}/${cluster.database}`;
  const init = loteria([
    'store',
    'init',
    url,
    '--password-file',
    cluster.ownerPasswordFile,
    '--role',
    'loteria',
  ]);
  const { code } = await init.exited;
  if (code !== 0) throw new Error(`store init: ${init.output}`);
  generateBets({ directory, agencies: AGENCIES, bets, seed, luckless: 2 });
  const file = (agency: number): string => agencyFile(directory, agency);
  const inputs = new Map(AGENCIES.map((agency) => [agency, readInput(file(agency))]));
  return new ClusterLottery({ ...options, cluster, file, inputs });
}

type FaultPlan = Pick<
  ClusterLotteryPlan,
  'faults' | 'faultAtDraw' | 'demandsFailover' | 'paceSeconds'
>;

function planOf(random: Random, seed: number, failoversOnly: boolean): FaultPlan {
  const { faults, paceSeconds } = failoversOnly ? FAILOVERS : MIXED;
  const choose = (turn: number): Planned =>
    failoversOnly
      ? (FAILOVER_KINDS[Math.floor(random() * FAILOVER_KINDS.length)] ?? 'pair')
      : faultOf(random, turn);
  return {
    faults: Array.from({ length: faults }, (_, i) => choose(seed * faults + i)),
    faultAtDraw: choose(Math.floor(random() * KIND_NAMES.length)),
    demandsFailover: failoversOnly,
    paceSeconds: (faults + 1) * paceSeconds,
  };
}

/** All kinds take turns, so that each has its share in few runs. */
function faultOf(random: Random, turn: number): Planned {
  if (Math.floor(random() * PAIR_EVERY) === 0) return 'pair';
  return KIND_NAMES[turn % KIND_NAMES.length] ?? 'pair';
}

/** The report as lines for people. */
export function describeClusterFaults(report: ClusterReport): string {
  const { build, seed, runs, minutes, faults, refusedStarts, problems, failedSeed } = report;
  const { failovers, acknowledgements } = report;
  const single = KIND_NAMES.map((kind) => lineOf(kind, faults));
  const lines = [
    'fault                                    count  at draw   none acknowledged (s)   one agency (s)',
    '                                                           median      max         median      max',
    ...single,
    lineOf('pair', faults),
    ...[
      ...new Set(
        faults.filter(({ kind }) => kind === 'pair').map(({ names }) => names.join(' + ')),
      ),
    ]
      .sort()
      .map((pair) => `  pair: ${pair}`),
    `faults without effect, not counted: ${String(report.withoutEffect)}`,
    `starts of centrals that found no primary, and were repeated: ${String(refusedStarts)}`,
    `record: build ${build}, seed ${String(seed)}, ${String(runs)} runs, ${String(faults.length)} faults, ` +
      `${String(failovers)} failovers, ${String(acknowledgements)} acknowledgements, ` +
      `${minutes.toFixed(1)} min, ${String(problems.length)} violations`,
  ];
  if (failedSeed !== null) {
    lines.push(`FAILED, seed ${String(failedSeed)}: files and logs in ${report.directory}`);
    lines.push(...problems.slice(0, 10).map((problem) => `  ${problem}`));
  }
  return lines.join('\n');
}

function lineOf(kind: Planned, faults: readonly FaultSeen[]): string {
  const own = faults.filter((fault) => fault.kind === kind);
  const seconds = (values: readonly (number | null)[]): string => {
    const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
    const shown = (ms: number | undefined): string =>
      (ms === undefined ? '-' : (ms / 1000).toFixed(1)).padStart(9);
    return shown(sorted[sorted.length >> 1]) + shown(sorted.at(-1));
  };
  const atDraw = String(own.filter((fault) => fault.atDraw).length);
  return (
    `${kind.padEnd(40)} ${String(own.length).padStart(5)}${atDraw.padStart(9)}` +
    seconds(own.map(({ silentMs }) => silentMs)).padStart(24) +
    seconds(own.map(({ agencySilentMs }) => agencySilentMs)).padStart(24)
  );
}
