/** The whole lottery with the course's data set: one central, five real agencies, to the last winners. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agencyFile } from '../../src/tools/data/generate-bets';
import { prepareData } from '../../src/tools/data/prepare-data';
import type { UsageReport } from '../programs/usage';
import { Child } from './child';
import type { BenchContext } from './context';
import { cpuSeconds, peakMegabytes } from './proc';
import { startAgency, startCentral } from './programs';
import { benchProgram } from './root';

const AGENCIES = [1, 2, 3, 4, 5];
const MADE_UP_BETS = 15_740;

export interface LotteryData {
  readonly files: readonly string[];
  readonly bets: number;
  readonly isReal: boolean;
}

/** @param times how often each file is repeated */
export function openLotteryData(
  context: BenchContext,
  directory: string,
  times: number,
): LotteryData {
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

export interface LotteryOptions {
  /** `PARSE_WORKERS`; undefined: the default. */
  readonly workers?: number;
  /** The Node that runs all programs; undefined: the one that runs this. */
  readonly node?: string;
  /** Whether agencies say what they took, which takes them some time. */
  readonly withUsage?: boolean;
}

export interface LotteryFigures {
  /** From the start of the agencies, while the central listens, to the last winners. */
  readonly seconds: number;
  /** Of the central meanwhile. */
  readonly cpuSeconds: number;
  readonly megabytes: number;
  /** Of all batches, those that were parsed by worker threads, %. */
  readonly pooledPercent: number;
  /** Of each agency; none without `withUsage`. */
  readonly usage: readonly UsageReport[];
}

const PARSED = /action: parse .*inline: (\d+) \| pooled: (\d+)/;

/** What a central that has ended says of its batches. */
function pooledPercentIn(log: string): number {
  const [, inline = '', pooled = ''] = PARSED.exec(log) ?? [];
  return (100 * Number(pooled)) / (Number(inline) + Number(pooled));
}

async function usageOf(agency: Child): Promise<UsageReport> {
  const [, json = ''] = await agency.waitFor(/^usage (.*)$/m);
  return JSON.parse(json) as UsageReport;
}

/** One central that listens; then five agencies are started and bring all to its end. */
export async function runLottery(
  context: BenchContext,
  { files }: LotteryData,
  { workers, node = process.execPath, withUsage = false }: LotteryOptions = {},
): Promise<LotteryFigures> {
  const directory = context.newDirectory();
  const options = { directory, agencies: files.length, node };
  const { child, port } = await startCentral(
    workers === undefined ? options : { ...options, workers },
  );
  const nodeArgs = withUsage ? ['-r', benchProgram('usage.js')] : [];
  try {
    const cpuBefore = cpuSeconds(child.pid);
    const startedMs = performance.now();
    const agencies = files.map((file, i) =>
      startAgency({ port, agency: i + 1, file, node }, nodeArgs),
    );
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
    const usage = withUsage ? await Promise.all(agencies.map(usageOf)) : [];
    await child.stop();
    const log = readFileSync(join(directory, 'central.log'), 'latin1');
    return { ...figures, pooledPercent: pooledPercentIn(log), usage };
  } finally {
    await child.stop();
    context.removeDirectory(directory);
  }
}

/** As many Node processes at once as there are agencies, that do nothing. @returns seconds until all have ended */
export async function runBareNodes(node = process.execPath): Promise<number> {
  const startedMs = performance.now();
  const started = AGENCIES.map(() => new Child(node, ['-e', '0']));
  await Promise.all(started.map(({ exited }) => exited));
  return (performance.now() - startedMs) / 1000;
}
