/** The same load on the file engine and on a PostgreSQL, with one node or three, one central or two. */
import { PostgresCluster, postgresBinaries } from '../../test/support/postgres';
import { Child } from '../support/child';
import { inTurns, type BenchContext } from '../support/context';
import { cpuSeconds, familyCpuSeconds } from '../support/proc';
import { Load, LOAD_DEFAULTS, LOTERIA, startCentral, type Target } from '../support/programs';
import { makeRow, type FigureResult, type Row } from '../support/result';
import type { LoadReport } from '../load/load';
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

interface Measured {
  readonly betsPerSecond: number;
  readonly centralCpu: number;
  readonly databaseCpu: number;
  /** From the last acknowledgement to the last winners. */
  readonly drawSeconds: number;
  readonly latencyMs: LoadReport['latencyMs'];
}

/** Where the bets go. */
interface Place {
  /** `STORE`; undefined: files. */
  readonly store?: string;
  readonly databaseCpu: () => number;
  /** Takes out what an earlier load has stored. */
  readonly clear: () => Promise<void>;
}

const FILES: Place = { databaseCpu: () => 0, clear: () => Promise.resolve() };

interface LoadPlan extends Pick<Variant, 'centrals' | 'window'> {
  readonly bets: number;
  /** Batches per second of all; null: as fast as they come. */
  readonly batchesPerSecond: number | null;
}

async function measure(context: BenchContext, place: Place, plan: LoadPlan): Promise<Measured> {
  await place.clear();
  const { centrals: count, window, bets, batchesPerSecond } = plan;
  const directory = context.newDirectory();
  const centrals: Target[] = [];
  try {
    const store = place.store === undefined ? {} : { store: place.store };
    for (let i = 0; i < count; i++) {
      const own = context.newDirectory();
      centrals.push(await startCentral({ directory: own, agencies: AGENCIES, ...store }));
    }
    const each = AGENCIES / count;
    const loads = await Promise.all(
      centrals.map(({ port }, i) =>
        Load.start({
          ...{ ...LOAD_DEFAULTS, port, window, agencies: each, firstAgency: 1 + i * each },
          ...{ bets: bets / count, finish: true },
          batchesPerSecond: batchesPerSecond === null ? null : batchesPerSecond / count,
        }),
      ),
    );
    const cpu = (): number => centrals.reduce((sum, { child }) => sum + cpuSeconds(child.pid), 0);
    const [centralBefore, databaseBefore] = [cpu(), place.databaseCpu()];
    const reports = await Promise.all(loads.map((load) => load.send()));
    const total = reports.reduce((sum, report) => sum + report.bets, 0);
    const figures = {
      betsPerSecond: total / Math.max(...reports.map(({ seconds }) => seconds)),
      centralCpu: ((cpu() - centralBefore) / total) * 1e6,
      databaseCpu: ((place.databaseCpu() - databaseBefore) / total) * 1e6,
      latencyMs: reports[0]?.latencyMs ?? null,
    };
    const drawSeconds = Math.max(...(await Promise.all(loads.map((load) => load.drawn()))));
    await Promise.all(loads.map((load) => load.end()));
    return { ...figures, drawSeconds };
  } finally {
    await Promise.all(centrals.map(({ child }) => child.stop()));
    context.removeDirectory(directory);
  }
}

function placeOf(cluster: PostgresCluster, hosts: readonly string[]): Place {
  const store = `postgres://loteria@${hosts.join()}/postgres`;
  return {
    store,
    databaseCpu: () => cluster.nodes.reduce((sum, { pid }) => sum + familyCpuSeconds(pid), 0),
    clear: async () => {
      const [primary] = cluster.nodes;
      if (primary === undefined) return;
      await primary.query('drop schema if exists loteria cascade');
      const init = new Child(process.execPath, [LOTERIA, 'store', 'init', store]);
      if ((await init.exited) !== 0) throw new Error(`no lottery could be made in ${store}`);
    },
  };
}

async function rowsOf(context: BenchContext, variant: Variant, place: Place): Promise<Row[]> {
  const { label: setting, centrals, window } = variant;
  const { repeat } = context.options;
  const bets = context.bets(1_000_000, 120_000);
  const peak = { centrals, window, bets, batchesPerSecond: null };
  const { floor, ours } = await inTurns(
    repeat,
    () => measure(context, FILES, { ...peak, centrals: 1 }),
    () => measure(context, place, peak),
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
  const plan = { centrals: 1, window, bets: (peak / 2) * seconds };
  const batchesPerSecond = peak / 2 / BETS_PER_BATCH;
  const { floor, ours } = await inTurns(
    context.options.repeat,
    () => measure(context, FILES, { ...plan, batchesPerSecond }),
    () => measure(context, place, { ...plan, batchesPerSecond }),
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

async function run(context: BenchContext): Promise<FigureResult> {
  const bin = postgresBinaries();
  if (bin === null) {
    const note = 'Not measured: PostgreSQL 15 or newer is not installed in /usr/lib/postgresql.';
    return { rows: [], plots: [], notes: [note] };
  }
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
