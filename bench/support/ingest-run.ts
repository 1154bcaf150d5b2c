/** One load against one server, measured from the first batch to the last acknowledgement. */
import type { LoadOptions, LoadReport } from '../load/load';
import type { BenchContext } from './context';
import { cpuSeconds, mainThreadSeconds, peakMegabytes } from './proc';
import { Load, LOAD_DEFAULTS, startCentral, startFloorA, type Target } from './programs';

export interface IngestSetting extends Partial<Omit<LoadOptions, 'port' | 'bets'>> {
  readonly bets: number;
  readonly workers?: number;
  readonly logLevel?: string;
  /** Where data go instead of the disk that is measured. */
  readonly directory?: string;
}

export interface IngestFigures {
  readonly report: LoadReport;
  readonly betsPerSecond: number;
  /** User and system time of the server, all threads. */
  readonly cpuSeconds: number;
  readonly betsPerCpuSecond: number;
  readonly mainThreadSeconds: number;
  readonly peakMegabytes: number;
}

/** Loads a server that listens, and leaves it running. */
export async function measureLoad(target: Target, setting: IngestSetting): Promise<IngestFigures> {
  const driver = await Load.start({ ...LOAD_DEFAULTS, ...setting, port: target.port });
  const { pid } = target.child;
  const cpuBefore = cpuSeconds(pid);
  const mainBefore = mainThreadSeconds(pid);
  const report = await driver.send();
  const cpu = cpuSeconds(pid) - cpuBefore;
  const figures = {
    report,
    betsPerSecond: report.bets / report.seconds,
    cpuSeconds: cpu,
    betsPerCpuSecond: report.bets / cpu,
    mainThreadSeconds: mainThreadSeconds(pid) - mainBefore,
    peakMegabytes: peakMegabytes(pid),
  };
  if (setting.finish === true) await driver.drawn();
  await driver.end();
  return figures;
}

/** A fresh central under this load. */
export async function ingestCentral(
  context: BenchContext,
  setting: IngestSetting,
): Promise<IngestFigures> {
  const { workers, logLevel, agencies = LOAD_DEFAULTS.agencies } = setting;
  return inDirectory(context, setting, async (directory) => {
    const options = {
      directory,
      agencies,
      ...(workers === undefined ? {} : { workers }),
      ...(logLevel === undefined ? {} : { logLevel }),
    };
    return runAgainst(await startCentral(options), setting);
  });
}

/** A fresh floor A under this load. */
export async function ingestFloor(
  context: BenchContext,
  setting: IngestSetting,
): Promise<IngestFigures> {
  return inDirectory(context, setting, async (directory) =>
    runAgainst(await startFloorA(directory), setting),
  );
}

async function runAgainst(target: Target, setting: IngestSetting): Promise<IngestFigures> {
  try {
    return await measureLoad(target, setting);
  } finally {
    await target.child.stop();
  }
}

async function inDirectory<T>(
  context: BenchContext,
  { directory }: IngestSetting,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const path = context.newDirectory(directory);
  try {
    return await work(path);
  } finally {
    context.removeDirectory(path);
  }
}
