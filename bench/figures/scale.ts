/** More bets, the same rate and the same memory. */
import { inTurns, type BenchContext } from '../support/context';
import { ingestCentral, ingestFloor } from '../support/ingest-run';
import { makeRow, type FigureResult, type Goal, type Plot, type Row } from '../support/result';
import type { Figure } from './figure';

const MEMORY_GOAL: Goal = { of: 'ours', atMost: 200 };

function sizes({ options: { quick, full } }: BenchContext): number[] {
  if (quick) return [100_000, 400_000];
  return full ? [1e5, 1e6, 1e7, 1e8] : [1e5, 1e6, 1e7];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const rows: Row[] = [];
  const counts = sizes(context);
  const medians = new Map<number, number[]>();
  for (const bets of counts) {
    context.say(`scale: ${bets.toLocaleString('en')} bets`);
    // A hundred million take minutes; one run of them says enough.
    const rounds = bets >= 1e8 ? 1 : context.options.repeat;
    const { floor, ours } = await inTurns(
      rounds,
      () => ingestFloor(context, { bets }),
      () => ingestCentral(context, { bets }),
    );
    const setting = `${bets.toLocaleString('en')} bets`;
    const rates = ours.map(({ betsPerSecond }) => betsPerSecond);
    medians.set(bets, rates);
    rows.push(
      makeRow({
        setting,
        metric: 'durable bets',
        unit: 'bets/s',
        ours: rates,
        floor: floor.map(({ betsPerSecond }) => betsPerSecond),
      }),
      makeRow({
        setting,
        metric: 'peak memory',
        unit: 'MB',
        ours: ours.map(({ peakMegabytes }) => peakMegabytes),
        floor: floor.map(({ peakMegabytes }) => peakMegabytes),
        goal: MEMORY_GOAL,
      }),
    );
  }
  rows.push(...flatness(medians));
  const of = (metric: string): Row[] =>
    rows.filter((row) => row.metric === metric && row.floor !== null);
  const categories = counts.map((count) => count.toLocaleString('en'));
  const plot = (name: string, title: string, unit: string, metric: string): Plot => ({
    name,
    title,
    unit,
    kind: 'line',
    categories,
    series: [
      { name: 'central', values: of(metric).map(({ ours }) => ours) },
      { name: 'floor A', values: of(metric).map(({ ours, floor }) => floor ?? ours) },
    ],
  });
  return {
    rows,
    plots: [
      plot('scale-rate', 'Rate by number of bets', 'bets/s', 'durable bets'),
      plot('scale-memory', 'Peak memory by number of bets', 'MB', 'peak memory'),
    ],
    notes: context.options.full ? [] : ['100 million bets: with --full.'],
  };
}

/** The rate of the largest size, against that of a million (or of the second largest). */
function flatness(rates: ReadonlyMap<number, readonly number[]>): Row[] {
  const sizes = [...rates.keys()];
  const largest = sizes.at(-1) ?? 0;
  const reference = largest > 1e6 ? 1e6 : (sizes.at(-2) ?? largest);
  const ours = rates.get(largest) ?? [];
  const floor = (rates.get(reference) ?? []).slice(0, ours.length);
  const show = (count: number): string => count.toLocaleString('en');
  return [
    makeRow({
      setting: `${show(largest)} bets against ${show(reference)}`,
      metric: 'rate, the smaller as floor',
      unit: 'bets/s',
      ours: ours.slice(0, floor.length),
      floor,
      goal: { of: 'ratio', atLeast: 0.9 },
    }),
  ];
}

export const scale: Figure = { name: 'scale', title: 'Scale', run };
