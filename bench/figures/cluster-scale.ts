/** More bets, agencies and centrals on a PostgreSQL of one node; bets beside the file engine. */
import { PostgresCluster, postgresBinaries } from '../../test/support/postgres';
import { FILES, measureLottery, placeOf, type Measured, type Place } from '../support/cluster-load';
import { inTurns, type BenchContext } from '../support/context';
import { makeRow, type FigureResult, type Row } from '../support/result';
import { NO_POSTGRES } from './cluster';
import type { Figure } from './figure';

const AGENCIES = 6;
const WINDOW = 8;

interface Shape {
  readonly bets: number;
  readonly agencies: number;
  readonly centrals: number;
}

/** Each differs from the first in one thing. */
function shapes({ options: { quick, full } }: BenchContext): readonly Shape[] {
  const small = { bets: quick ? 60_000 : 1_000_000, agencies: AGENCIES, centrals: 1 };
  const moreBets = quick ? [240_000] : full ? [10_000_000, 100_000_000] : [10_000_000];
  return [
    small,
    ...moreBets.map((bets) => ({ ...small, bets })),
    ...(quick ? [60] : [60, 600]).map((agencies) => ({ ...small, agencies })),
    ...(quick ? [2] : [2, 3]).map((centrals) => ({ ...small, centrals })),
  ];
}

function settingOf({ bets, agencies, centrals }: Shape): string {
  const count = centrals === 1 ? '1 central' : `${String(centrals)} centrals`;
  return `${bets.toLocaleString('en')} bets, ${String(agencies)} agencies, ${count}`;
}

async function rowsOf(context: BenchContext, shape: Shape, place: Place): Promise<Row[]> {
  const plan = { ...shape, window: WINDOW, batchesPerSecond: null };
  // Many bets take minutes; one run of them says enough.
  const rounds = shape.bets >= 1e7 ? 1 : context.options.repeat;
  const { floor, ours } = await inTurns(
    rounds,
    () => measureLottery(context, FILES, { ...plan, centrals: 1 }),
    () => measureLottery(context, place, plan),
  );
  const setting = settingOf(shape);
  const row = (metric: string, unit: string, of: (one: Measured) => number): Row =>
    makeRow({ setting, metric, unit, ours: ours.map(of), floor: floor.map(of) });
  return [
    row('durable bets', 'bets/s', (one) => one.betsPerSecond),
    row('last bet to last winners', 's', (one) => one.drawSeconds),
    row('peak memory of a central', 'MB', (one) => one.peakMegabytes),
  ];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const bin = postgresBinaries();
  if (bin === null) return { rows: [], plots: [], notes: [NO_POSTGRES] };
  const cluster = await PostgresCluster.start(bin, 1);
  const rows: Row[] = [];
  try {
    const hosts = cluster.nodes.map(({ port }) => `127.0.0.1:${String(port)}`);
    for (const shape of shapes(context)) {
      context.say(`cluster-scale: ${settingOf(shape)}`);
      rows.push(...(await rowsOf(context, shape, placeOf(cluster, hosts))));
    }
  } finally {
    await cluster.stop();
  }
  const notes = [
    'Floor: the file engine under the same load, with one central. One node of PostgreSQL, window 8; it shares cores and disk with the centrals and the load.',
    ...(context.options.full ? [] : ['100 million bets: with --full.']),
  ];
  return { rows, plots: [], notes };
}

export const clusterScale: Figure = {
  name: 'cluster-scale',
  title: 'Growth on a replicated PostgreSQL',
  run,
};
