/** Ten thousand agencies at once. */
import { inTurns, type BenchContext } from '../support/context';
import { cpuSeconds, descriptorsMax, peakMegabytes, residentKilobytes } from '../support/proc';
import { Load, LOAD_DEFAULTS, startCentral, startFloorA, type Target } from '../support/programs';
import { makeRow, type FigureResult } from '../support/result';
import type { Figure } from './figure';

const BETS_EACH = 10;
/** Descriptors that a program has beside its connections. */
const OTHER_DESCRIPTORS = 100;

interface Measured {
  /** Once all are connected and welcomed. */
  readonly kilobytesEach: number;
  /** At the worst moment, whatever needed it. */
  readonly peakKilobytesEach: number;
  /** From the first bet to the last winners. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function measure(target: Target, agencies: number): Promise<Measured> {
  const { pid } = target.child;
  const before = residentKilobytes(pid);
  const load = await Load.start({
    ...LOAD_DEFAULTS,
    port: target.port,
    agencies,
    bets: agencies * BETS_EACH,
    batchBets: BETS_EACH,
    finish: true,
  });
  const kilobytesEach = (residentKilobytes(pid) - before) / agencies;
  const cpuBefore = cpuSeconds(pid);
  const { seconds } = await load.send();
  const total = seconds + (await load.drawn());
  const cpu = cpuSeconds(pid) - cpuBefore;
  await load.end();
  const peakKilobytesEach = (peakMegabytes(pid) * 1024 - before) / agencies;
  return { kilobytesEach, peakKilobytesEach, seconds: total, cpuSeconds: cpu };
}

async function against(
  context: BenchContext,
  agencies: number,
  start: (directory: string) => Promise<Target>,
): Promise<Measured> {
  const directory = context.newDirectory();
  const target = await start(directory);
  try {
    return await measure(target, agencies);
  } finally {
    await target.child.stop();
    context.removeDirectory(directory);
  }
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { quick, repeat } = context.options;
  const possible = descriptorsMax() - OTHER_DESCRIPTORS;
  const wanted = quick ? 2_000 : 10_000;
  const agencies = Math.min(wanted, possible);
  context.say(`connections: ${agencies.toLocaleString('en')} agencies`);
  const { floor, ours } = await inTurns(
    repeat,
    () => against(context, agencies, startFloorA),
    () => against(context, agencies, (directory) => startCentral({ directory, agencies })),
  );
  const setting = `${agencies.toLocaleString('en')} agencies, ${String(BETS_EACH)} bets each`;
  const pair = (of: (measured: Measured) => number): { ours: number[]; floor: number[] } => ({
    ours: ours.map(of),
    floor: floor.map(of),
  });
  return {
    rows: [
      makeRow({
        setting,
        metric: 'memory for a connection',
        unit: 'kB',
        ...pair(({ kilobytesEach }) => kilobytesEach),
        goal: { of: 'ours', atMost: 12 },
      }),
      makeRow({
        setting,
        metric: 'peak memory for an agency',
        unit: 'kB',
        ...pair(({ peakKilobytesEach }) => peakKilobytesEach),
      }),
      makeRow({
        setting,
        metric: 'first bet to last winners',
        unit: 's',
        ...pair(({ seconds }) => seconds),
      }),
      makeRow({
        setting,
        metric: 'CPU for an agency',
        unit: 'us',
        ...pair((measured) => (measured.cpuSeconds / agencies) * 1e6),
      }),
    ],
    plots: [],
    notes: [
      'All agencies of each run finished and received their winners, or the run would have failed.',
      'Memory: what is resident when all are connected and welcomed, less what was before; ' +
        'garbage that is not collected yet is part of it. The peak is that of the whole run.',
      ...(agencies < wanted
        ? [`This system lets a process have ${String(possible)} connections, not 10,000.`]
        : []),
    ],
  };
}

export const connections: Figure = { name: 'connections', title: 'Connections', run };
