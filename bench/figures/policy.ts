/** Where messages should be parsed: on the spot, or in the pool; and what the pool does to answers. */
import { startNode } from '../support/child';
import type { BenchContext } from '../support/context';
import { measureLoad } from '../support/ingest-run';
import { startCentral } from '../support/programs';
import { makeRow, type FigureResult, type Goal, type Plot, type Row } from '../support/result';
import { benchProgram } from '../support/root';
import { KINDS, type MessageKind } from '../load/messages';
import type { PolicyOptions, PolicyReport } from '../programs/policy';
import type { Figure } from './figure';

const WORKERS = [1, 2, 3, 4];
const GROUPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const QUICK_GROUPS = [1, 8, 32, 128];
const PLOTTED: readonly MessageKind[] = ['native', 'tlv'];
const MAIN = "main thread's time for a message";
const RATE = 'messages parsed';
/** What the main thread may take of what it takes on the spot, in groups of 32 and more, 1 worker. */
const GOALS: Readonly<Partial<Record<MessageKind, Goal>>> = {
  native: { of: 'ratio', atMost: 0.6 },
  tlv: { of: 'ratio', atMost: 0.2 },
  opcode: { of: 'ratio', atMost: 0.2 },
  '2020': { of: 'ratio', atMost: 0.2 },
};
const GOAL_GROUP_MIN = 32;

async function measure(options: PolicyOptions): Promise<PolicyReport[]> {
  const child = startNode(benchProgram('policy.js'), options);
  const [json] = await child.waitFor(/^\[.*\]$/m);
  await child.exited;
  return JSON.parse(json) as PolicyReport[];
}

function named(workers: number): string {
  return `${String(workers)} ${workers === 1 ? 'worker' : 'workers'}`;
}

async function parsingOf(context: BenchContext, kind: MessageKind): Promise<Row[]> {
  const { quick, repeat } = context.options;
  const groups = quick ? QUICK_GROUPS : GROUPS;
  const seconds = quick ? 0.1 : 0.4;
  const inline: PolicyReport[][] = [];
  const pooled = WORKERS.map((): PolicyReport[][] => []);
  for (let i = 0; i < repeat; i++) {
    context.say(`policy: ${kind}`);
    inline.push(await measure({ kind, workers: 0, groups, seconds }));
    for (const [k, workers] of WORKERS.entries()) {
      pooled[k]?.push(await measure({ kind, workers, groups, seconds }));
    }
  }
  return groups.flatMap((group, g) =>
    WORKERS.flatMap((workers, k) => {
      const of = (runs: readonly PolicyReport[][], value: (r: PolicyReport) => number): number[] =>
        runs.flatMap((reports) => reports.slice(g, g + 1).map(value));
      const goal = workers === 1 && group >= GOAL_GROUP_MIN ? GOALS[kind] : undefined;
      const row = (metric: string, unit: string, value: (r: PolicyReport) => number): Row =>
        makeRow({
          setting: `${kind}, groups of ${String(group)}, ${named(workers)}`,
          metric,
          unit,
          ours: of(pooled[k] ?? [], value),
          floor: of(inline, value),
          ...(metric === MAIN && goal !== undefined ? { goal } : {}),
        });
      return [
        row(MAIN, 'us', ({ mainMicroseconds }) => mainMicroseconds),
        row(RATE, '1/s', ({ messagesPerSecond }) => messagesPerSecond),
      ];
    }),
  );
}

function plotOf(kind: MessageKind, rows: readonly Row[]): Plot {
  const of = (suffix: string): Row[] =>
    rows.filter(({ metric, setting }) => metric === MAIN && setting.endsWith(suffix));
  const one = of(named(1));
  return {
    name: `policy-${kind}`,
    title: `Main thread's time for a message, ${kind}`,
    unit: 'us',
    kind: 'line',
    categories: one.map(({ setting }) => /groups of (\d+)/.exec(setting)?.[1] ?? ''),
    series: [
      { name: 'on the spot', values: one.map(({ ours, floor }) => floor ?? ours) },
      ...WORKERS.map((workers) => ({
        name: named(workers),
        values: of(`, ${named(workers)}`).map(({ ours }) => ours),
      })),
    ],
  };
}

/** The 99th percentile of acknowledgements, milliseconds, of a whole central at a fixed rate. */
async function p99With(context: BenchContext, workers: number): Promise<number> {
  const batchesPerSecond = 4_000;
  const seconds = context.options.quick ? 1 : 5;
  const directory = context.newDirectory();
  const target = await startCentral({ directory, agencies: 5, workers });
  try {
    const bets = 150 * batchesPerSecond * seconds;
    const { report } = await measureLoad(target, { bets, batchesPerSecond });
    return report.latencyMs?.p99 ?? Number.NaN;
  } finally {
    await target.child.stop();
    context.removeDirectory(directory);
  }
}

async function latencies(context: BenchContext): Promise<Row[]> {
  const floor: number[] = [];
  const ours = WORKERS.map((): number[] => []);
  for (let i = 0; i < context.options.repeat; i++) {
    context.say('policy: acknowledgements');
    floor.push(await p99With(context, 0));
    for (const [k, workers] of WORKERS.entries()) ours[k]?.push(await p99With(context, workers));
  }
  return WORKERS.map((workers, k) =>
    makeRow({
      setting: `native, 4,000 batches per second, ${named(workers)}`,
      metric: 'acknowledgement p99',
      unit: 'ms',
      ours: ours[k] ?? [],
      floor,
    }),
  );
}

async function run(context: BenchContext): Promise<FigureResult> {
  const rows: Row[] = [];
  const plots: Plot[] = [];
  for (const kind of KINDS) {
    const found = await parsingOf(context, kind);
    rows.push(...found);
    if (PLOTTED.includes(kind)) plots.push(plotOf(kind, found));
  }
  rows.push(...(await latencies(context)));
  return {
    rows,
    plots,
    notes: [
      'The floor is PARSE_WORKERS=0, so that the ratio is what the pool gains or costs. A message has 130 bets.',
      'Here every group goes to the pool, whatever its size; the central keeps small ones on the spot.',
      'Counted with each message: its checksum and, in the 2020 edition, its winners.',
      'The main thread does nothing else here; in the central it reads and writes meanwhile.',
    ],
  };
}

export const policy: Figure = { name: 'policy', title: 'Parsing policy', run };
