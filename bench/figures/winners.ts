/** A draw in which everybody wins: what it, and a restart behind it, take of the central. */
import { inTurns, type BenchContext } from '../support/context';
import { cpuSeconds, peakMegabytes } from '../support/proc';
import { startCentral } from '../support/programs';
import { makeRow, type FigureResult, type Goal, type Row } from '../support/result';
import { writeDueStore } from '../load/bets-file';
import type { Figure } from './figure';

const AGENCIES = 5;
const WINNING_NUMBER = 7574;
const OTHER_NUMBER = 7573;
const MEMORY_GOAL: Goal = { of: 'ours', atMost: 256 };
const DRAWN = /action: sorteo \| result: success/;
const CERTIFIED = /action: acta \| result: success/;

/** What a central took from exec to some line of its log. */
interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

interface Round {
  readonly draw: Cost;
  readonly restart: Cost;
  readonly bets: number;
}

/** @param last what its log says when it has done all */
async function costOf(directory: string, done: RegExp | null, last: RegExp | null): Promise<Cost> {
  const startedMs = performance.now();
  const { child } = await startCentral({ directory, agencies: AGENCIES });
  if (done !== null) await child.waitFor(done);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = cpuSeconds(child.pid);
  if (last !== null) await child.waitFor(last);
  const cost = { seconds, cpuSeconds: cpu, megabytes: peakMegabytes(child.pid) };
  await child.stop('SIGKILL');
  return cost;
}

/** A draw of so many bets on one number, and a start of a central behind it. */
async function drawAndRestart(context: BenchContext, bets: number, on: number): Promise<Round> {
  const directory = context.newDirectory();
  const written = writeDueStore(directory, bets, on);
  const draw = await costOf(directory, DRAWN, CERTIFIED);
  const restart = await costOf(directory, null, null);
  context.removeDirectory(directory);
  return { draw, restart, bets: written.bets };
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { full, repeat } = context.options;
  const wanted = context.bets(full ? 50_000_000 : 5_000_000, 300_000);
  context.say(`winners: ${wanted.toLocaleString('en')} bets that all win`);
  const { floor, ours } = await inTurns(
    repeat,
    () => drawAndRestart(context, wanted, OTHER_NUMBER),
    () => drawAndRestart(context, wanted, WINNING_NUMBER),
  );
  const bets = ours.at(-1)?.bets ?? wanted;
  const setting = `${bets.toLocaleString('en')} bets, all of them winners`;
  const row = (metric: string, unit: string, of: (round: Round) => number, goal?: Goal): Row =>
    makeRow({
      setting,
      metric,
      unit,
      ours: ours.map(of),
      floor: floor.map(of),
      ...(goal === undefined ? {} : { goal }),
    });
  return {
    rows: [
      row('exec to the draw', 's', ({ draw }) => draw.seconds),
      row('CPU to the draw', 's', ({ draw }) => draw.cpuSeconds),
      row('peak memory of the draw', 'MB', ({ draw }) => draw.megabytes, MEMORY_GOAL),
      row('restart: exec to listening', 's', ({ restart }) => restart.seconds),
      row('CPU of the restart', 's', ({ restart }) => restart.cpuSeconds),
      row('peak memory of the restart', 'MB', ({ restart }) => restart.megabytes, MEMORY_GOAL),
    ],
    plots: [],
    notes: [
      'The floor is the same central over as many bets of which none wins. Memory of the draw includes ' +
        'its certificate.',
      ...(full ? [] : ['50 million winners: with --full.']),
    ],
  };
}

export const winners: Figure = { name: 'winners', title: 'Many winners', run };
