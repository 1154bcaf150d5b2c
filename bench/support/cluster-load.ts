/** One lottery on the file engine or on a PostgreSQL, with one central or several. */
import type { PostgresCluster } from '../../test/support/postgres';
import type { LoadReport } from '../load/load';
import { Child } from './child';
import type { BenchContext } from './context';
import { cpuSeconds, familyCpuSeconds, peakMegabytes } from './proc';
import { Load, LOAD_DEFAULTS, LOTERIA, startCentral, type Target } from './programs';

export interface Measured {
  readonly betsPerSecond: number;
  readonly centralCpu: number;
  readonly databaseCpu: number;
  /** From the last acknowledgement to the last winners. */
  readonly drawSeconds: number;
  readonly latencyMs: LoadReport['latencyMs'];
  /** Most memory that a central had, the draw included. */
  readonly peakMegabytes: number;
}

/** Where the bets go. */
export interface Place {
  /** `STORE`; undefined: files. */
  readonly store?: string;
  readonly databaseCpu: () => number;
  /** Takes out what an earlier load has stored. */
  readonly clear: () => Promise<void>;
}

export const FILES: Place = { databaseCpu: () => 0, clear: () => Promise.resolve() };

export interface LoadPlan {
  readonly centrals: number;
  readonly window: number;
  /** Shared out evenly among the centrals. */
  readonly agencies: number;
  readonly bets: number;
  /** Batches per second of all; null: as fast as they come. */
  readonly batchesPerSecond: number | null;
}

/** A lottery of its own, from the first batch to the last winners. */
export async function measureLottery(
  context: BenchContext,
  place: Place,
  plan: LoadPlan,
): Promise<Measured> {
  await place.clear();
  const { centrals: count, window, agencies, bets, batchesPerSecond } = plan;
  const directory = context.newDirectory();
  const centrals: Target[] = [];
  try {
    const store = place.store === undefined ? {} : { store: place.store };
    for (let i = 0; i < count; i++) {
      const own = context.newDirectory();
      centrals.push(await startCentral({ directory: own, agencies, ...store }));
    }
    const each = agencies / count;
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
    const peak = Math.max(...centrals.map(({ child }) => peakMegabytes(child.pid)));
    return { ...figures, drawSeconds, peakMegabytes: peak };
  } finally {
    await Promise.all(centrals.map(({ child }) => child.stop()));
    context.removeDirectory(directory);
  }
}

/** The database of a cluster. */
export function placeOf(cluster: PostgresCluster, hosts: readonly string[]): Place {
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
