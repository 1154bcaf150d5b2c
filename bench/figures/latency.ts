/** How long an acknowledgement takes, and how late the event loop is, at half of the peak load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inTurns, type BenchContext } from '../support/context';
import { ingestCentral, measureLoad, type IngestFigures } from '../support/ingest-run';
import { readProbe, startCentral, startFloorA } from '../support/programs';
import { makeRow, type FigureResult, type Goal, type Row } from '../support/result';
import type { LoadReport } from '../load/load';
import type { ProbeReport } from '../programs/probe';
import type { Figure } from './figure';

type Latency = NonNullable<LoadReport['latencyMs']>;

interface Measured {
  readonly latency: Latency;
  readonly cpuShare: number;
}

interface Rate {
  readonly bets: number;
  readonly batchesPerSecond: number;
}

function measured({ report, cpuSeconds }: IngestFigures): Measured {
  if (report.latencyMs === null) throw new Error('no latencies were measured');
  return { latency: report.latencyMs, cpuShare: cpuSeconds / report.seconds };
}

/** Half of what the central takes at most, for as many seconds. */
async function halfOfPeak(context: BenchContext, seconds: number): Promise<Rate> {
  const bets = context.bets(1_000_000, 200_000);
  const { report } = await ingestCentral(context, { bets });
  const batchesPerSecond = report.batches / report.seconds / 2;
  return { bets: (report.bets / report.batches) * batchesPerSecond * seconds, batchesPerSecond };
}

async function onFloor(context: BenchContext, rate: Rate): Promise<Measured> {
  const directory = context.newDirectory();
  const target = await startFloorA(directory);
  try {
    return measured(await measureLoad(target, rate));
  } finally {
    await target.child.stop();
    context.removeDirectory(directory);
  }
}

type OnCentral = Measured & { readonly delayMs: ProbeReport['delayMs'] };

async function onCentral(context: BenchContext, rate: Rate): Promise<OnCentral> {
  const directory = context.newDirectory();
  const target = await startCentral({ directory, agencies: 5, probed: true });
  try {
    await sleep(50);
    target.child.kill('SIGUSR2');
    const figures = measured(await measureLoad(target, rate));
    await target.child.stop();
    return { ...figures, delayMs: readProbe(directory).delayMs };
  } finally {
    await target.child.stop();
    context.removeDirectory(directory);
  }
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { repeat, quick } = context.options;
  const rate = await halfOfPeak(context, quick ? 1 : 10);
  context.say(`latency: ${rate.batchesPerSecond.toFixed(0)} batches per second`);
  const { floor, ours } = await inTurns(
    repeat,
    () => onFloor(context, rate),
    () => onCentral(context, rate),
  );
  const setting = '5 agencies, full batches, 50 % of peak';
  const acks = (metric: string, of: (latency: Latency) => number): Row =>
    makeRow({
      setting,
      metric,
      unit: 'ms',
      ours: ours.map(({ latency }) => of(latency)),
      floor: floor.map(({ latency }) => of(latency)),
    });
  const delayGoal: Goal = { of: 'ours', atMost: 5 };
  const delays = ours.map(({ delayMs }) => delayMs);
  const rows = [
    acks('acknowledgement p50', ({ p50 }) => p50),
    acks('acknowledgement p99', ({ p99 }) => p99),
    acks('acknowledgement p99.9', ({ p999 }) => p999),
    makeRow({
      setting,
      metric: 'event-loop delay p99',
      unit: 'ms',
      ours: delays.map(({ p99 }) => p99),
      goal: delayGoal,
    }),
    makeRow({
      setting,
      metric: 'event-loop delay, longest',
      unit: 'ms',
      ours: delays.map(({ max }) => max),
    }),
    makeRow({
      setting,
      metric: 'CPU, share of one core',
      unit: '',
      ours: ours.map(({ cpuShare }) => cpuShare),
      floor: floor.map(({ cpuShare }) => cpuShare),
    }),
  ];
  const shown = rows.slice(0, 3);
  return {
    rows,
    plots: [
      {
        name: 'latency',
        title: 'Acknowledgements at 50 % of peak load',
        unit: 'ms',
        kind: 'bar',
        categories: ['p50', 'p99', 'p99.9'],
        series: [
          { name: 'central', values: shown.map((row) => row.ours) },
          { name: 'floor A', values: shown.map((row) => row.floor ?? row.ours) },
        ],
      },
    ],
    notes: [
      'Load at a fixed rate; a batch counts from when it was due, not from when it was sent.',
    ],
  };
}

export const latency: Figure = { name: 'latency', title: 'Latency', run };
