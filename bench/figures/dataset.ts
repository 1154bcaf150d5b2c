/** The whole lottery with the course's data set and five real agencies, against floor B. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agencyFile } from '../../src/tools/data/generate-bets';
import { prepareData } from '../../src/tools/data/prepare-data';
import { buildFloorB, runFloorB, type FloorBFigures } from '../floor/floor-b';
import { inTurns, type BenchContext } from '../support/context';
import { cpuSeconds, peakMegabytes } from '../support/proc';
import { startAgency, startCentral } from '../support/programs';
import { makeRow, type FigureResult, type Goal } from '../support/result';
import type { Figure } from './figure';

const AGENCIES = [1, 2, 3, 4, 5];
const MADE_UP_BETS = 15_740;

interface Data {
  readonly files: readonly string[];
  readonly bets: number;
  readonly isReal: boolean;
}

/** @param times how often each file is repeated */
function openData(context: BenchContext, directory: string, times: number): Data {
  const archive = join(context.options.sharedDirectory, 'data', 'dataset.zip');
  const isReal = existsSync(archive);
  if (isReal) copyFileSync(archive, join(directory, 'dataset.zip'));
  const agencies = AGENCIES.length;
  prepareData({ directory, agencies, bets: MADE_UP_BETS, seed: undefined });
  let bets = 0;
  const files = AGENCIES.map((agency) => {
    const file = agencyFile(directory, agency);
    const text = readFileSync(file, 'latin1');
    const whole = text.endsWith('\n') ? text : `${text}\r\n`;
    bets += (whole.split('\n').length - 1) * times;
    writeFileSync(file, whole.repeat(times), 'latin1');
    return file;
  });
  return { files, bets, isReal };
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  /** Of all batches, those that were parsed by worker threads, %. */
  readonly pooledPercent: number;
}

const PARSED = /action: parse .*inline: (\d+) \| pooled: (\d+)/;

/** What a central that has ended says of its batches. */
function pooledPercentIn(log: string): number {
  const [, inline = '', pooled = ''] = PARSED.exec(log) ?? [];
  return (100 * Number(pooled)) / (Number(inline) + Number(pooled));
}

/** One central that listens; then five agencies are started and bring all to its end. */
async function lottery(
  context: BenchContext,
  { files }: Data,
  workers?: number,
): Promise<Measured> {
  const directory = context.newDirectory();
  const options = { directory, agencies: files.length };
  const { child, port } = await startCentral(
    workers === undefined ? options : { ...options, workers },
  );
  try {
    const cpuBefore = cpuSeconds(child.pid);
    const startedMs = performance.now();
    const agencies = files.map((file, i) => startAgency({ port, agency: i + 1, file }));
    await Promise.all(
      agencies.map((agency) => agency.waitFor(/action: consulta_ganadores \| result: success/)),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    const figures = {
      seconds,
      cpuSeconds: cpuSeconds(child.pid) - cpuBefore,
      megabytes: peakMegabytes(child.pid),
    };
    await Promise.all(agencies.map(({ exited }) => exited));
    await child.stop();
    const log = readFileSync(join(directory, 'central.log'), 'latin1');
    return { ...figures, pooledPercent: pooledPercentIn(log) };
  } finally {
    await child.stop();
    context.removeDirectory(directory);
  }
}

async function floorRun(
  context: BenchContext,
  program: string,
  { files }: Data,
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

async function measure(
  context: BenchContext,
  { times, rounds, goals }: Setting,
): Promise<FigureResult> {
  const directory = context.newDirectory();
  const data = openData(context, directory, times);
  const built = buildFloorB(directory);
  const notes: string[] = data.isReal ? [] : ['The course data are not there: made-up data.'];
  if ('reason' in built) notes.push(`Floor B was skipped: ${built.reason}.`);
  const { floor, ours } = await inTurns(
    rounds,
    async () => ('reason' in built ? null : floorRun(context, built.program, data)),
    () => lottery(context, data),
  );
  const inline: Measured[] = [];
  for (let i = 0; i < rounds; i++) inline.push(await lottery(context, data, 0));
  context.removeDirectory(directory);
  const floors = floor.filter((figures) => figures !== null);
  const hasFloor = floors.length > 0;
  const setting = `${data.bets.toLocaleString('en')} bets, 5 agencies, defaults`;
  return {
    rows: [
      makeRow({
        setting,
        metric: 'start of the agencies to the last winners',
        unit: 's',
        ours: ours.map(({ seconds }) => seconds),
        ...(hasFloor ? { floor: floors.map(({ seconds }) => seconds), goal: goals.wall } : {}),
      }),
      makeRow({
        setting,
        metric: "central's CPU time",
        unit: 's',
        ours: ours.map((measured) => measured.cpuSeconds),
        ...(hasFloor
          ? {
              floor: floors.map(({ receiverCpuSeconds }) => receiverCpuSeconds),
              ...(goals.cpu === undefined ? {} : { goal: goals.cpu }),
            }
          : {}),
      }),
      makeRow({
        setting,
        metric: "central's peak memory",
        unit: 'MB',
        ours: ours.map(({ megabytes }) => megabytes),
      }),
      makeRow({
        setting,
        metric: 'batches parsed in the pool',
        unit: '%',
        ours: ours.map(({ pooledPercent }) => pooledPercent),
        ...(goals.pooled === undefined ? {} : { goal: goals.pooled }),
      }),
      makeRow({
        setting: `${setting}, against PARSE_WORKERS=0`,
        metric: 'start of the agencies to the last winners',
        unit: 's',
        ours: ours.map(({ seconds }) => seconds),
        floor: inline.map(({ seconds }) => seconds),
        goal: { of: 'ratio', atMost: 1.05 },
      }),
      makeRow({
        setting: `${setting}, against PARSE_WORKERS=0`,
        metric: "central's CPU time",
        unit: 's',
        ours: ours.map((measured) => measured.cpuSeconds),
        floor: inline.map((measured) => measured.cpuSeconds),
      }),
    ],
    plots: [],
    notes: [...notes, 'Floor B: five senders, one receiver, one sync for each poll round.'],
  };
}

export const dataset: Figure = {
  name: 'dataset',
  title: 'The data set',
  run: (context) => {
    context.say('dataset');
    const wall: Goal = { of: 'ratio', atMost: 2.5 };
    return measure(context, { times: 1, rounds: context.options.repeat, goals: { wall } });
  },
};

export const datasetTen: Figure = {
  name: 'dataset-x10',
  title: 'The data set, each file ten times',
  run: (context) => {
    context.say('dataset-x10');
    const wall: Goal = { of: 'ratio', atMost: 1.6 };
    const cpu: Goal = { of: 'ratio', atMost: 1.2 };
    const pooled: Goal = { of: 'ours', atLeast: 25 };
    const rounds = context.options.quick ? 1 : context.options.repeat;
    return measure(context, { times: 10, rounds, goals: { wall, cpu, pooled } });
  },
};
