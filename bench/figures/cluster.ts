/** The same load on the file engine and on a PostgreSQL, with one node or three, one central or two. */
import { PostgresCluster, postgresBinaries } from '../../test/support/postgres';
import { FILES, measureLottery, placeOf, type Measured, type Place } from '../support/cluster-load';
import { inTurns, type BenchContext } from '../support/context';
import { makeRow, type FigureResult, type Row } from '../support/result';
import type { Figure } from './figure';

const AGENCIES = 6;

interface Variant {
  readonly label: string;
  readonly nodes: 1 | 3;
  readonly centrals: number;
  readonly window: number;
  readonly inQuick?: boolean;
}

const VARIANTS: readonly Variant[] = [
  { label: 'one node, window 8', nodes: 1, centrals: 1, window: 8, inQuick: true },
  { label: 'one node, window 1', nodes: 1, centrals: 1, window: 1 },
  { label: 'three nodes, window 8', nodes: 3, centrals: 1, window: 8, inQuick: true },
  { label: 'three nodes, window 1', nodes: 3, centrals: 1, window: 1 },
  { label: 'three nodes, two centrals, window 8', nodes: 3, centrals: 2, window: 8 },
];

async function rowsOf(context: BenchContext, variant: Variant, place: Place): Promise<Row[]> {
  const { label: setting, centrals, window } = variant;
  const { repeat } = context.options;
  const bets = context.bets(1_000_000, 120_000);
  const peak = { centrals, window, agencies: AGENCIES, bets, batchesPerSecond: null };
  const { floor, ours } = await inTurns(
    repeat,
    () => measureLottery(context, FILES, { ...peak, centrals: 1 }),
    () => measureLottery(context, place, peak),
  );
  const row = (metric: string, unit: string, of: (one: Measured) => number): Row =>
    makeRow({ setting, metric, unit, ours: ours.map(of), floor: floor.map(of) });
  const rows = [
    row('durable bets', 'bets/s', (one) => one.betsPerSecond),
    row('CPU of the centrals for a bet', 'us', (one) => one.centralCpu),
    row('last bet to last winners', 's', (one) => one.drawSeconds),
    makeRow({
      ...{ setting, metric: 'CPU of the database for a bet', unit: 'us' },
      ours: ours.map((one) => one.databaseCpu),
    }),
  ];
  return centrals > 1 ? rows : [...rows, ...(await latencyRows(context, variant, place, ours))];
}

/** At half of what was measured. */
async function latencyRows(
  context: BenchContext,
  { label: setting, window }: Variant,
  place: Place,
  peaks: readonly Measured[],
): Promise<Row[]> {
  const seconds = context.options.quick ? 1 : 5;
  const peak = Math.min(...peaks.map(({ betsPerSecond }) => betsPerSecond));
  const plan = { centrals: 1, window, agencies: AGENCIES, bets: (peak / 2) * seconds };
  const batchesPerSecond = peak / 2 / BETS_PER_BATCH;
  const { floor, ours } = await inTurns(
    context.options.repeat,
    () => measureLottery(context, FILES, { ...plan, batchesPerSecond }),
    () => measureLottery(context, place, { ...plan, batchesPerSecond }),
  );
  const row = (metric: 'p50' | 'p99'): Row => {
    const of = ({ latencyMs }: Measured): number => latencyMs?.[metric] ?? NaN;
    const name = `acknowledgement ${metric} at 50 % of peak`;
    return makeRow({ setting, metric: name, unit: 'ms', ours: ours.map(of), floor: floor.map(of) });
  };
  return [row('p50'), row('p99')];
}

/** A batch of 8 kB has about so many. */
const BETS_PER_BATCH = 130;

export const NO_POSTGRES =
  'Not measured: PostgreSQL 15 or newer is not installed in /usr/lib/postgresql.';

async function run(context: BenchContext): Promise<FigureResult> {
  const bin = postgresBinaries();
  if (bin === null) return { rows: [], plots: [], notes: [NO_POSTGRES] };
  const { quick, only } = context.options;
  const rows: Row[] = [];
  for (const nodes of [1, 3] as const) {
    const wanted = VARIANTS.filter(
      (one) => one.nodes === nodes && (!quick || one.inQuick === true) && one.label.includes(only),
    );
    if (wanted.length === 0) continue;
    const cluster = await PostgresCluster.start(bin, nodes);
    try {
      const hosts = cluster.nodes.map(({ port }) => `127.0.0.1:${String(port)}`);
      for (const variant of wanted) {
        context.say(`cluster: ${variant.label}`);
        rows.push(...(await rowsOf(context, variant, placeOf(cluster, hosts))));
      }
    } finally {
      await cluster.stop();
    }
  }
  return {
    rows,
    plots: [],
    notes: [
      'Floor: the file engine under the same load, with one central.',
      'All nodes on the machine of the centrals and the load, which share its cores and its disk; three nodes wait for one standby.',
    ],
  };
}

export const cluster: Figure = { name: 'cluster', title: 'A replicated PostgreSQL', run };
