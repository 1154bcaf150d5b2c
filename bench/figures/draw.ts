/** How fast all bets are checked and winners found, against a plain read of the same file by as many threads. */
import { join } from 'node:path';
import { startNode } from '../support/child';
import type { BenchContext } from '../support/context';
import { makeRow, type FigureResult, type Row } from '../support/result';
import { benchProgram } from '../support/root';
import { writeBets } from '../load/bets-file';
import type { ScanOptions, ScanReport } from '../programs/scan';
import type { Figure } from './figure';

async function scan(options: ScanOptions): Promise<ScanReport> {
  const child = startNode(benchProgram('scan.js'), options);
  const [json] = await child.waitFor(/^\{.*\}$/m);
  await child.exited;
  return JSON.parse(json) as ScanReport;
}

function rowsOf(setting: string, bytes: number, bets: number, report: ScanReport): Row[] {
  const gigabytesPerSecond = (seconds: number): number => bytes / seconds / 1e9;
  return [
    makeRow({
      setting,
      metric: 'scan rate',
      unit: 'GB/s',
      ours: report.searchSeconds.map(gigabytesPerSecond),
      floor: report.readSeconds.map(gigabytesPerSecond),
      goal: { of: 'ratio', atLeast: 0.6 },
    }),
    makeRow({
      setting,
      metric: 'draw',
      unit: 's',
      ours: report.searchSeconds,
      floor: report.readSeconds,
    }),
    makeRow({
      setting,
      metric: 'CPU for a million bets',
      unit: 's',
      ours: report.searchCpuSeconds.map((seconds) => (seconds / bets) * 1e6),
      floor: report.readCpuSeconds.map((seconds) => (seconds / bets) * 1e6),
    }),
  ];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { quick, full, repeat } = context.options;
  const directory = context.newDirectory();
  const path = join(directory, 'bets.csv');
  const wanted = context.bets(full ? 100_000_000 : 10_000_000, 1_000_000);
  context.say(`draw: a file of ${wanted.toLocaleString('en')} bets`);
  const { bytes, bets, agencies } = writeBets(path, wanted);
  const rows: Row[] = [];
  for (const threads of quick ? [1] : [0, 1, 2]) {
    const report = await scan({ path, bytes, agencies, threads, repeat });
    const by = threads === 0 ? 'main thread' : `${String(threads)} threads`;
    const found = report.winners.toLocaleString('en');
    const setting = `${bets.toLocaleString('en')} bets, ${found} winners, ${by}`;
    rows.push(...rowsOf(setting, bytes, bets, report));
  }
  context.removeDirectory(directory);
  const rates = rows.filter(({ metric }) => metric === 'scan rate');
  return {
    rows,
    plots: [
      {
        name: 'draw',
        title: 'Checking all bets and looking for winners',
        unit: 'GB/s',
        kind: 'bar',
        categories: rates.map(({ setting }) => setting.split(', ').at(-1) ?? setting),
        series: [
          { name: 'draw', values: rates.map(({ ours }) => ours) },
          { name: 'plain read', values: rates.map(({ ours, floor }) => floor ?? ours) },
        ],
      },
    ],
    notes: ['Both read from memory: the file has been written, and read once, just before.'],
  };
}

export const draw: Figure = { name: 'draw', title: 'Draw', run };
