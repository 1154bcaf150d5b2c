/** How fast a real agency sends from its CSV file, and how much of that is csv-parse. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../support/child';
import { inTurns, type BenchContext } from '../support/context';
import { startAgency, startFloorA } from '../support/programs';
import { makeRow, type FigureResult, type Row } from '../support/result';
import { benchProgram } from '../support/root';
import { rowTails } from '../load/rows';
import type { CsvReport } from '../programs/csv-alone';
import type { UsageReport } from '../programs/usage';
import type { Figure } from './figure';

async function csvAlone(path: string): Promise<CsvReport> {
  const child = new Child(process.execPath, [benchProgram('csv-alone.js'), path]);
  const [json] = await child.waitFor(/^\{.*\}$/m);
  await child.exited;
  return JSON.parse(json) as CsvReport;
}

/** One agency, from exec to exit, against a central that answers and stores nothing. */
async function agencyRun(file: string): Promise<UsageReport> {
  const target = await startFloorA(null);
  try {
    const usage = ['-r', benchProgram('usage.js')];
    const child = startAgency({ port: target.port, agency: 1, file }, usage);
    const [, json = ''] = await child.waitFor(/^usage (.*)$/m);
    const code = await child.exited;
    if (code !== 0) throw new Error(`the agency ended with ${String(code)}:\n${child.output}`);
    return JSON.parse(json) as UsageReport;
  } finally {
    await target.child.stop();
  }
}

/** A first name quoted without need, for which the agency uses its CSV parser. */
const QUOTED = '"Nora",';

interface Setting {
  readonly setting: string;
  readonly file: string;
  readonly bets: number;
  readonly isParsed: boolean;
}

async function measure(
  { options: { repeat } }: BenchContext,
  empty: string,
  { setting, file, bets, isParsed }: Setting,
): Promise<Row[]> {
  const idle: UsageReport[] = [];
  const { floor, ours } = await inTurns(
    repeat,
    () => csvAlone(file),
    async () => {
      idle.push(await agencyRun(empty));
      return agencyRun(file);
    },
  );
  // What it takes to start and to end is no matter of the bets.
  const seconds = ours.map((usage, i) => usage.seconds - (idle[i]?.seconds ?? 0));
  const cpu = ours.map((usage, i) => usage.cpuSeconds - (idle[i]?.cpuSeconds ?? 0));
  return [
    makeRow({
      setting,
      metric: 'bets sent',
      unit: 'bets/s',
      ours: seconds.map((s) => bets / s),
      floor: floor.map((csv) => csv.rows / csv.seconds),
      ...(isParsed ? { goal: { of: 'ours', atLeast: 150_000 } } : {}),
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
      metric: 'peak memory',
      unit: 'MB',
      ours: ours.map((usage) => usage.peakMegabytes),
    }),
    makeRow({
      setting,
      metric: 'exec to exit without a bet',
      unit: 's',
      ours: idle.map((usage) => usage.seconds),
    }),
  ];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const bets = context.bets(1_000_000, 60_000);
  const directory = context.newDirectory();
  const plain = join(directory, 'plain.csv');
  const quoted = join(directory, 'quoted.csv');
  const empty = join(directory, 'empty.csv');
  // Without the comma in front of each row: a file has no agency's number.
  const lines = rowTails(bets).map((tail) => tail.slice(1));
  writeFileSync(plain, lines.join(''));
  writeFileSync(quoted, lines.map((line) => line.replace(/^[^,]*,/, QUOTED)).join(''));
  writeFileSync(empty, '');
  const count = bets.toLocaleString('en');
  const settings: readonly Setting[] = [
    { setting: `${count} plain rows`, file: plain, bets, isParsed: false },
    { setting: `${count} rows that are parsed`, file: quoted, bets, isParsed: true },
  ];
  const rows: Row[] = [];
  for (const setting of settings) {
    context.say(`agency: ${setting.setting}`);
    rows.push(...(await measure(context, empty, setting)));
  }
  context.removeDirectory(directory);
  return {
    rows,
    plots: [],
    notes: [
      'The floor is csv-parse alone over the same file; the central is floor A without a file.',
      'The agency sends rows that need no parser as they stand; the others have quotes without need.',
    ],
  };
}

export const agency: Figure = { name: 'agency', title: 'Agency', run };
