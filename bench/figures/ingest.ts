/** How fast bets become durable, in many settings, against floor A. */
import { inTurns, type BenchContext } from '../support/context';
import {
  ingestCentral,
  ingestFloor,
  type IngestFigures,
  type IngestSetting,
} from '../support/ingest-run';
import { makeRow, type FigureResult, type Goal, type Plot, type Row } from '../support/result';
import type { Figure } from './figure';

/** Memory that looks like a disk: a sync costs nothing there. Never a place for real data. */
const NO_SYNC_DIRECTORY = '/dev/shm';

interface Variant extends Omit<IngestSetting, 'bets'> {
  readonly label: string;
  /** Part of the usual number of bets, where they are slower. */
  readonly share?: number;
  readonly inQuick?: boolean;
  readonly rateGoal?: Goal;
  readonly cpuGoal?: Goal;
}

const BASE = { agencies: 5, window: 8 };
const SYNCED: readonly Variant[] = [
  {
    ...BASE,
    label: '5 agencies, window 8, full batches',
    inQuick: true,
    rateGoal: { of: 'ratio', atLeast: 0.8 },
    cpuGoal: { of: 'ratio', atMost: 1.6 },
  },
  {
    ...BASE,
    window: 1,
    label: '5 agencies, window 1, full batches',
    inQuick: true,
    rateGoal: { of: 'ratio', atLeast: 0.7 },
  },
  {
    ...BASE,
    batchBets: 10,
    share: 0.3,
    label: '5 agencies, window 8, batches of 10',
    inQuick: true,
  },
  { ...BASE, window: 1, batchBets: 10, share: 0.1, label: '5 agencies, window 1, batches of 10' },
  { ...BASE, agencies: 100, label: '100 agencies, window 8, full batches' },
  { ...BASE, agencies: 100, window: 1, label: '100 agencies, window 1, full batches' },
  { ...BASE, agencies: 1000, label: '1,000 agencies, window 8, full batches', inQuick: true },
  { ...BASE, agencies: 1000, window: 1, label: '1,000 agencies, window 1, full batches' },
  {
    ...BASE,
    agencies: 1000,
    batchBets: 10,
    share: 0.3,
    label: '1,000 agencies, window 8, batches of 10',
  },
  { ...BASE, workers: 0, label: 'no worker' },
  { ...BASE, workers: 1, label: '1 worker' },
  { ...BASE, workers: 2, label: '2 workers' },
  { ...BASE, agencies: 100, workers: 0, label: '100 agencies, no worker' },
  { ...BASE, agencies: 100, workers: 1, label: '100 agencies, 1 worker' },
  { ...BASE, agencies: 100, workers: 2, label: '100 agencies, 2 workers' },
  { ...BASE, logLevel: 'WARNING', label: '5 agencies, window 8, full batches, log level WARNING' },
];

const UNSYNCED: readonly Variant[] = [
  { ...BASE, label: 'no sync: 5 agencies, window 8, full batches', inQuick: true },
  { ...BASE, agencies: 100, label: 'no sync: 100 agencies, window 8, full batches' },
  { ...BASE, workers: 0, label: 'no sync, no worker' },
  { ...BASE, workers: 2, label: 'no sync, 2 workers' },
].map((variant) => ({ ...variant, directory: NO_SYNC_DIRECTORY }));

const rate = ({ betsPerSecond }: IngestFigures): number => betsPerSecond;
const microseconds = ({ cpuSeconds, report }: IngestFigures): number =>
  (cpuSeconds / report.bets) * 1e6;

function rowsOf(
  variant: Variant,
  ours: readonly IngestFigures[],
  floor: readonly IngestFigures[],
): Row[] {
  const { label: setting, rateGoal, cpuGoal } = variant;
  const pair = (of: (figures: IngestFigures) => number): { ours: number[]; floor: number[] } => ({
    ours: ours.map(of),
    floor: floor.map(of),
  });
  return [
    makeRow({
      setting,
      metric: 'durable bets',
      unit: 'bets/s',
      ...pair(rate),
      ...(rateGoal === undefined ? {} : { goal: rateGoal }),
    }),
    makeRow({
      setting,
      metric: 'CPU for a bet',
      unit: 'us',
      ...pair(microseconds),
      ...(cpuGoal === undefined ? {} : { goal: cpuGoal }),
    }),
    makeRow({
      setting,
      metric: 'bets for a CPU second',
      unit: 'bets/s',
      ...pair((figures) => figures.betsPerCpuSecond),
      ...(cpuGoal === undefined ? {} : { goal: { of: 'ours', atLeast: 4e6 } }),
    }),
    makeRow({ setting, metric: 'wall time', unit: 's', ...pair(({ report }) => report.seconds) }),
    makeRow({ setting, metric: 'CPU time', unit: 's', ...pair((figures) => figures.cpuSeconds) }),
    makeRow({
      setting,
      metric: 'main thread',
      unit: 's',
      ...pair((figures) => figures.mainThreadSeconds),
    }),
  ];
}

function plotsOf(rows: readonly Row[]): Plot[] {
  const rates = rows.filter(({ metric }) => metric === 'durable bets');
  const cpu = rows.filter(({ metric }) => metric === 'CPU for a bet');
  const series = (of: readonly Row[]): Plot['series'] => [
    { name: 'central', values: of.map(({ ours }) => ours) },
    { name: 'floor A', values: of.map(({ ours, floor }) => floor ?? ours) },
  ];
  const categories = rates.map(({ setting }) => setting);
  const base = { kind: 'bar', categories } as const;
  return [
    { ...base, name: 'ingest-rate', title: 'Durable bets', unit: 'bets/s', series: series(rates) },
    { ...base, name: 'ingest-cpu', title: 'CPU for a bet', unit: 'us', series: series(cpu) },
  ];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { quick, repeat, only } = context.options;
  const rows: Row[] = [];
  const bets = context.bets(3_000_000, 200_000);
  const variants = [...SYNCED, ...UNSYNCED].filter(
    ({ inQuick = false, label }) => (!quick || inQuick) && label.includes(only),
  );
  for (const variant of variants) {
    context.say(`ingest: ${variant.label}`);
    const setting: IngestSetting = { ...variant, bets: Math.round(bets * (variant.share ?? 1)) };
    const { floor, ours } = await inTurns(
      repeat,
      () => ingestFloor(context, setting),
      () => ingestCentral(context, setting),
    );
    rows.push(...rowsOf(variant, ours, floor));
  }
  return {
    rows,
    plots: plotsOf(rows),
    notes: [
      'Workers where nothing is said: the default.',
      '"no sync": DATA_DIR in memory (/dev/shm), where a sync costs nothing. Only for comparison.',
    ],
  };
}

export const ingest: Figure = { name: 'ingest', title: 'Ingest', run };
