/** Where rows should be checked: on the spot, or in the pool. */
import { startNode } from '../support/child';
import type { BenchContext } from '../support/context';
import { makeRow, type FigureResult, type Plot, type Row } from '../support/result';
import { benchProgram } from '../support/root';
import type { PolicyOptions, PolicyReport } from '../programs/policy';
import type { Figure } from './figure';

const WORKERS = [1, 2];

async function measure(options: PolicyOptions): Promise<PolicyReport> {
  const child = startNode(benchProgram('programs', 'policy.js'), options);
  const [json] = await child.waitFor(/^\{.*\}$/m);
  await child.exited;
  return JSON.parse(json) as PolicyReport;
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { quick, repeat } = context.options;
  const groups = quick ? [8, 64] : [1, 2, 4, 8, 16, 32, 64, 128];
  const seconds = quick ? 0.15 : 1;
  const rows: Row[] = [];
  for (const group of groups) {
    context.say(`policy: groups of ${String(group)}`);
    const inline: PolicyReport[] = [];
    const pooled = WORKERS.map((): PolicyReport[] => []);
    for (let i = 0; i < repeat; i++) {
      inline.push(await measure({ workers: 0, group, seconds }));
      for (const [k, workers] of WORKERS.entries()) {
        pooled[k]?.push(await measure({ workers, group, seconds }));
      }
    }
    for (const [k, workers] of WORKERS.entries()) {
      const reports = pooled[k] ?? [];
      const setting = `groups of ${String(group)}, ${String(workers)} ${workers === 1 ? 'worker' : 'workers'}`;
      const row = (metric: string, unit: string, of: (report: PolicyReport) => number): Row =>
        makeRow({ setting, metric, unit, ours: reports.map(of), floor: inline.map(of) });
      rows.push(
        row('batches checked', '1/s', ({ batchesPerSecond }) => batchesPerSecond),
        row("main thread's time for a batch", 'us', ({ mainMicroseconds }) => mainMicroseconds),
      );
    }
  }
  const ofWorkers = (metric: string, suffix: string): Row[] =>
    rows.filter((row) => row.metric === metric && row.setting.endsWith(suffix));
  const plot = (name: string, title: string, unit: string, metric: string): Plot => {
    const one = ofWorkers(metric, '1 worker');
    return {
      name,
      title,
      unit,
      kind: 'line',
      categories: groups.map(String),
      series: [
        { name: 'on the spot', values: one.map(({ ours, floor }) => floor ?? ours) },
        { name: '1 worker', values: one.map(({ ours }) => ours) },
        { name: '2 workers', values: ofWorkers(metric, '2 workers').map(({ ours }) => ours) },
      ],
    };
  };
  return {
    rows,
    plots: [
      plot('policy-rate', 'Batches checked by group size', '1/s', 'batches checked'),
      plot('policy-main', "Main thread's time for a batch", 'us', "main thread's time for a batch"),
    ],
    notes: [
      'The floor is the check on the spot, so that the ratio is what the pool gains or costs.',
      'The main thread does nothing else here; in the central it reads and writes meanwhile.',
    ],
  };
}

export const policy: Figure = { name: 'policy', title: 'Parsing policy', run };
