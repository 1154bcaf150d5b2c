/** The whole lottery with the course's data set and five real agencies, against floor B. */
import { buildFloorB, runFloorB, type FloorBFigures } from '../floor/floor-b';
import type { BenchContext } from '../support/context';
import {
  openLotteryData,
  runBareNodes,
  runLottery,
  type LotteryData,
  type LotteryFigures,
} from '../support/lottery-run';
import { makeRow, type FigureResult, type Goal, type Row, type RowInput } from '../support/result';
import type { Figure } from './figure';

async function floorRun(
  context: BenchContext,
  program: string,
  { files }: LotteryData,
): Promise<FloorBFigures> {
  const directory = context.newDirectory();
  try {
    return await runFloorB(program, directory, files);
  } finally {
    context.removeDirectory(directory);
  }
}

interface Goals {
  readonly wall: Goal;
  readonly cpu?: Goal;
  readonly pooled?: Goal;
}

interface Setting {
  /** How often each file is repeated. */
  readonly times: number;
  readonly rounds: number;
  readonly goals: Goals;
}

/** What was measured, one of each in every round. */
interface Rounds {
  /** None where there is no floor B. */
  readonly floor: FloorBFigures[];
  readonly ours: LotteryFigures[];
  readonly inline: LotteryFigures[];
  /** With agencies that say what they took. */
  readonly watched: LotteryFigures[];
  readonly bareSeconds: number[];
}

async function measureRounds(
  context: BenchContext,
  data: LotteryData,
  floorProgram: string | null,
  rounds: number,
): Promise<Rounds> {
  const measured: Rounds = { floor: [], ours: [], inline: [], watched: [], bareSeconds: [] };
  for (let i = 0; i < rounds; i++) {
    if (floorProgram !== null) measured.floor.push(await floorRun(context, floorProgram, data));
    measured.ours.push(await runLottery(context, data));
    measured.bareSeconds.push(await runBareNodes());
    measured.inline.push(await runLottery(context, data, { workers: 0 }));
    measured.watched.push(await runLottery(context, data, { withUsage: true }));
  }
  return measured;
}

const WALL = { metric: 'start of the agencies to the last winners', unit: 's' };
const CPU = { metric: "central's CPU time", unit: 's' };

function rowsOf(setting: string, measured: Rounds, goals: Goals): Row[] {
  const { floor, ours, inline, watched, bareSeconds } = measured;
  const seconds = ours.map((one) => one.seconds);
  const cpu = ours.map((one) => one.cpuSeconds);
  const agenciesCpu = watched.map(({ usage }) =>
    usage.reduce((sum, agency) => sum + agency.cpuSeconds, 0),
  );
  const agencyPeak = watched.map(({ usage }) =>
    Math.max(...usage.map(({ peakMegabytes }) => peakMegabytes)),
  );
  const floorSeconds = floor.map((one) => one.seconds);
  const withFloor = (values: readonly number[], goal?: Goal): Pick<RowInput, 'floor' | 'goal'> =>
    floor.length === 0 ? {} : { floor: values, ...(goal === undefined ? {} : { goal }) };
  const none = `${setting}, against PARSE_WORKERS=0`;
  return [
    makeRow({ setting, ...WALL, ours: seconds, ...withFloor(floorSeconds, goals.wall) }),
    makeRow({
      setting,
      ...CPU,
      ours: cpu,
      ...withFloor(
        floor.map((one) => one.receiverCpuSeconds),
        goals.cpu,
      ),
    }),
    makeRow({
      setting,
      metric: "central's peak memory",
      unit: 'MB',
      ours: ours.map(({ megabytes }) => megabytes),
    }),
    makeRow({ setting, metric: "agencies' CPU time, all five", unit: 's', ours: agenciesCpu }),
    makeRow({ setting, metric: 'peak memory of the largest agency', unit: 'MB', ours: agencyPeak }),
    makeRow({
      setting,
      metric: 'batches parsed in the pool',
      unit: '%',
      ours: ours.map(({ pooledPercent }) => pooledPercent),
      ...(goals.pooled === undefined ? {} : { goal: goals.pooled }),
    }),
    makeRow({
      setting: 'five bare Nodes (`node -e 0`), and nothing else',
      metric: 'start of all to the end of the last one',
      unit: 's',
      ours: bareSeconds,
      ...withFloor(floorSeconds),
    }),
    makeRow({
      setting: none,
      ...WALL,
      ours: seconds,
      floor: inline.map((one) => one.seconds),
      goal: { of: 'ratio', atMost: 1.05 },
    }),
    makeRow({ setting: none, ...CPU, ours: cpu, floor: inline.map((one) => one.cpuSeconds) }),
  ];
}

async function measure(
  context: BenchContext,
  { times, rounds, goals }: Setting,
): Promise<FigureResult> {
  const directory = context.newDirectory();
  const data = openLotteryData(context, directory, times);
  const built = buildFloorB(directory);
  const program = 'reason' in built ? null : built.program;
  const measured = await measureRounds(context, data, program, rounds);
  context.removeDirectory(directory);
  const setting = `${data.bets.toLocaleString('en')} bets, 5 agencies, defaults`;
  return {
    rows: rowsOf(setting, measured, goals),
    plots: [],
    notes: [
      ...(data.isReal ? [] : ['The course data are not there: made-up data.']),
      ...('reason' in built ? [`Floor B was skipped: ${built.reason}.`] : []),
      'Floor B: five senders, one receiver, one sync for each poll round.',
      "Agencies' CPU time and memory are of runs of their own, in which they say what they took.",
    ],
  };
}

export const dataset: Figure = {
  name: 'dataset',
  title: 'The data set',
  run: (context) => {
    context.say('dataset');
    const wall: Goal = { of: 'ratio', atMost: 3.3 };
    return measure(context, { times: 1, rounds: context.options.repeat, goals: { wall } });
  },
};

export const datasetTen: Figure = {
  name: 'dataset-x10',
  title: 'The data set, each file ten times',
  run: (context) => {
    context.say('dataset-x10');
    const wall: Goal = { of: 'ratio', atMost: 1.5 };
    const cpu: Goal = { of: 'ratio', atMost: 2 };
    const pooled: Goal = { of: 'ours', atLeast: 25 };
    const rounds = context.options.quick ? 1 : context.options.repeat;
    return measure(context, { times: 10, rounds, goals: { wall, cpu, pooled } });
  },
};
