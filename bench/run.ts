/**
 * `npm run bench [-- NAMES...]`: measures, and prints tables. Each figure stands beside a floor that
 * was measured in the same run (docs/PERFORMANCE.md).
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FIGURES } from './figures/registry';
import type { Figure } from './figures/figure';
import { BenchContext } from './support/context';
import { writeDocs } from './support/docs';
import { tableOf } from './support/format';
import { describeMachine } from './support/machine';
import type { StoredFigure } from './support/result';
import { ROOT } from './support/root';
import { buildName } from '../test/support/build-name';

const REPEAT = 5;
const QUICK_REPEAT = 2;

interface Arguments {
  readonly quick: boolean;
  readonly full: boolean;
  readonly repeat?: number;
  readonly json?: string;
  readonly dir: string;
  readonly shared: string;
  readonly bets?: number;
  readonly only?: string;
  readonly node: readonly string[];
  readonly writeDocs: boolean;
}

function count(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}": expected a whole number from 1`);
}

function append(program: string, before: readonly string[]): readonly string[] {
  return [...before, program];
}

function chosen(names: readonly string[]): readonly Figure[] {
  const unknown = names.filter((name) => FIGURES.every((figure) => figure.name !== name));
  if (unknown.length > 0) {
    const known = FIGURES.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError(`no figure ${unknown.join(', ')}; there are ${known}`);
  }
  return names.length === 0 ? FIGURES : FIGURES.filter(({ name }) => names.includes(name));
}

function commandOf(name: string, { quick, full, repeat, bets, only, node }: Arguments): string {
  const flags = [
    quick ? ' --quick' : '',
    full ? ' --full' : '',
    repeat === undefined ? '' : ` --repeat ${String(repeat)}`,
    bets === undefined ? '' : ` --bets ${String(bets)}`,
    only === undefined ? '' : ` --only '${only}'`,
    name === 'nodes' ? node.map(() => ' --node PROGRAM').join('') : '',
  ];
  return `npm run bench -- ${name}${flags.join('')}`;
}

async function measure(
  figures: readonly Figure[],
  args: Arguments,
  context: BenchContext,
): Promise<StoredFigure[]> {
  const stored: StoredFigure[] = [];
  for (const figure of figures) {
    const result = await figure.run(context);
    const measured = {
      ...result,
      name: figure.name,
      title: figure.title,
      command: commandOf(figure.name, args),
      machine: describeMachine(args.dir),
      date: new Date().toISOString().slice(0, 10),
      commit: buildName(ROOT),
    };
    console.log(`${tableOf(measured)}\n`);
    stored.push(measured);
  }
  return stored;
}

async function run(names: readonly string[], args: Arguments): Promise<void> {
  const figures = chosen(names);
  const startedMs = performance.now();
  const context = new BenchContext(
    {
      quick: args.quick,
      full: args.full,
      repeat: args.repeat ?? (args.quick ? QUICK_REPEAT : REPEAT),
      directory: resolve(args.dir),
      sharedDirectory: resolve(args.shared),
      bets: args.bets ?? null,
      only: args.only ?? '',
      nodes: args.node,
    },
    (text) => process.stderr.write(`bench: ${text}\n`),
  );
  // However this ends, nothing is left behind: neither processes (support/child.ts) nor data.
  process.on('exit', () => {
    context.close();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  console.log(`${describeMachine(args.dir)}\nmedian (min to max); data in ${resolve(args.dir)}\n`);
  const stored = await measure(figures, args, context);
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(stored, null, 1)}\n`);
  if (args.writeDocs) {
    const order = FIGURES.map(({ name }) => name);
    await writeDocs(stored, order);
  }
  console.log(`measured in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

const program = new Command('bench')
  .description('measures Loteria Nacional against floors')
  .argument('[names...]', `figures: ${FIGURES.map(({ name }) => name).join(', ')}`)
  .option('--quick', 'everything small, in little more than a minute', false)
  .option('--full', 'also 100 million bets', false)
  .option('--repeat <n>', `how often each is measured (${String(REPEAT)})`, count)
  .option('--bets <n>', 'bets, instead of what a figure uses', count)
  .option('--only <text>', 'ingest: settings that contain this text')
  .option('--node <program>', 'nodes: another version; may be repeated', append, [])
  .option('--json <file>', 'also write all as JSON')
  .option('--dir <directory>', 'the disk to measure on', tmpdir())
  .option('--shared <directory>', 'the course data', join(ROOT, '..', 'shared'))
  .option('--write-docs', 'also bring docs/PERFORMANCE.md and its plots up to date', false)
  .action(run);

program.parseAsync(process.argv).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
