/** How long a central that was killed takes to come back. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inTurns, type BenchContext } from '../support/context';
import { measureLoad } from '../support/ingest-run';
import { peakMegabytes } from '../support/proc';
import { startCentral, type Target } from '../support/programs';
import { makeRow, type FigureResult } from '../support/result';
import type { Figure } from './figure';

interface Start {
  readonly seconds: number;
  readonly megabytes: number;
}

/** From exec to the line that says that it listens; then it is killed again. */
async function restart(directory: string): Promise<Start> {
  const startedMs = performance.now();
  const { child } = await startCentral({ directory, agencies: 5 });
  const figures = {
    seconds: (performance.now() - startedMs) / 1000,
    megabytes: peakMegabytes(child.pid),
  };
  await child.stop('SIGKILL');
  return figures;
}

async function fill(directory: string, bets: number): Promise<number> {
  const target: Target = await startCentral({ directory, agencies: 5 });
  const { report } = await measureLoad(target, { bets });
  await target.child.stop('SIGKILL');
  return report.bets;
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { full, repeat } = context.options;
  const wanted = context.bets(full ? 100_000_000 : 10_000_000, 500_000);
  context.say(`recovery: storing ${wanted.toLocaleString('en')} bets`);
  const empty = context.newDirectory();
  const directory = context.newDirectory();
  // An empty store has its journal already, as a central has that is merely started again.
  await restart(empty);
  const bets = await fill(directory, wanted);
  const megabytes = statSync(join(directory, 'bets.csv')).size / 1e6;
  const { floor, ours } = await inTurns(
    repeat,
    () => restart(empty),
    () => restart(directory),
  );
  context.removeDirectory(empty);
  context.removeDirectory(directory);
  const setting = `${bets.toLocaleString('en')} bets (${megabytes.toFixed(0)} MB), after SIGKILL`;
  return {
    rows: [
      makeRow({
        setting,
        metric: 'exec to listening',
        unit: 's',
        ours: ours.map(({ seconds }) => seconds),
        floor: floor.map(({ seconds }) => seconds),
        goal: { of: 'ours', atMost: 1 },
      }),
      makeRow({
        setting,
        metric: 'peak memory',
        unit: 'MB',
        ours: ours.map((start) => start.megabytes),
        floor: floor.map((start) => start.megabytes),
      }),
    ],
    plots: [],
    notes: [
      'The floor is the same start with an empty store.',
      ...(full ? [] : ['100 million bets: with --full.']),
    ],
  };
}

export const recovery: Figure = { name: 'recovery', title: 'Recovery', run };
