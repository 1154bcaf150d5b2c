/** How fast a real agency sends from its CSV file, and how much of that is csv-parse. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../support/child';
import { inTurns, type BenchContext } from '../support/context';
import { startAgency, startFloorA } from '../support/programs';
import { makeRow, type FigureResult } from '../support/result';
import { benchProgram } from '../support/root';
import { rowTails } from '../load/rows';
import type { CsvReport } from '../programs/csv-alone';
import type { UsageReport } from '../programs/usage';
import type { Figure } from './figure';

async function csvAlone(path: string): Promise<CsvReport> {
  const child = new Child(process.execPath, [benchProgram('programs', 'csv-alone.js'), path]);
  const [json] = await child.waitFor(/^\{.*\}$/m);
  await child.exited;
  return JSON.parse(json) as CsvReport;
}

/** One agency, from exec to exit, against a central that answers and stores nothing. */
async function agencyRun(file: string): Promise<UsageReport> {
  const target = await startFloorA(null);
  try {
    const usage = ['-r', benchProgram('programs', 'usage.js')];
    const child = startAgency({ port: target.port, agency: 1, file }, usage);
    const [, json = ''] = await child.waitFor(/^usage (.*)$/m);
    const code = await child.exited;
    if (code !== 0) throw new Error(`the agency ended with ${String(code)}:\n${child.output}`);
    return JSON.parse(json) as UsageReport;
  } finally {
    await target.child.stop();
  }
}

async function run(context: BenchContext): Promise<FigureResult> {
  const bets = context.bets(1_000_000, 60_000);
  context.say(`agency: ${bets.toLocaleString('en')} bets`);
  const directory = context.newDirectory();
  const file = join(directory, 'agency-1.csv');
  const empty = join(directory, 'empty.csv');
  // Without the comma in front of each row: a file has no agency's number.
  writeFileSync(
    file,
    rowTails(bets).reduce((text, tail) => text + tail.slice(1), ''),
  );
  writeFileSync(empty, '');
  const idle: UsageReport[] = [];
  const { floor, ours } = await inTurns(
    context.options.repeat,
    () => csvAlone(file),
    async () => {
      idle.push(await agencyRun(empty));
      return agencyRun(file);
    },
  );
  context.removeDirectory(directory);
  // What it takes to start and to end is no matter of the bets.
  const seconds = ours.map((usage, i) => usage.seconds - (idle[i]?.seconds ?? 0));
  const cpu = ours.map((usage, i) => usage.cpuSeconds - (idle[i]?.cpuSeconds ?? 0));
  const setting = `${bets.toLocaleString('en')} bets`;
  return {
    rows: [
      makeRow({
        setting,
        metric: 'bets sent',
        unit: 'bets/s',
        ours: seconds.map((s) => bets / s),
        floor: floor.map((csv) => csv.rows / csv.seconds),
      }),
      makeRow({
        setting,
        metric: 'CPU for a bet',
        unit: 'us',
        ours: cpu.map((s) => (s / bets) * 1e6),
        floor: floor.map((csv) => (csv.cpuSeconds / csv.rows) * 1e6),
      }),
      makeRow({
        setting,
        metric: 'share of csv-parse in the CPU time',
        unit: '%',
        ours: floor.map((csv, i) => (csv.cpuSeconds / (cpu[i] ?? Number.NaN)) * 100),
      }),
      makeRow({
        setting,
        metric: 'exec to exit without a bet',
        unit: 's',
        ours: idle.map((usage) => usage.seconds),
      }),
    ],
    plots: [],
    notes: [
      'The floor is csv-parse alone over the same file; the central is floor A without a file.',
    ],
  };
}

export const agency: Figure = { name: 'agency', title: 'Agency', run };
