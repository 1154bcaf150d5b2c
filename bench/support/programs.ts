/** The programs that are measured, and those that measure, started as processes of their own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FloorAOptions } from '../floor/floor-a';
import type { LoadOptions, LoadReport } from '../load/load';
import type { ProbeReport } from '../programs/probe';
import { Child, startNode } from './child';
import { freePort, untilListening } from './ports';
import { benchProgram, ROOT } from './root';

/** A server under test: ours or a floor. */
export interface Target {
  readonly child: Child;
  readonly port: number;
}

export const LOTERIA = join(ROOT, 'bin', 'loteria');

export interface CentralOptions {
  readonly directory: string;
  readonly agencies: number;
  /** Worker threads; undefined: the default. */
  readonly workers?: number;
  readonly logLevel?: string;
  /** Whether to watch the event loop. */
  readonly probed?: boolean;
  /** Whether it has a live board, on a port that the system chooses. */
  readonly board?: boolean;
  /** `STORE`; undefined: files in the directory. */
  readonly store?: string;
  readonly nodeArgs?: readonly string[];
  /** The Node that runs it; undefined: the one that runs this. */
  readonly node?: string;
}

export function centralEnvironment(options: CentralOptions): Record<string, string> {
  const {
    directory,
    agencies,
    workers,
    logLevel = 'INFO',
    probed = false,
    board = false,
    store,
  } = options;
  return {
    SERVER_PORT: '0',
    SERVER_LISTEN_BACKLOG: '4096',
    LOGGING_LEVEL: logLevel,
    DATA_DIR: directory,
    AGENCIES: String(agencies),
    ...(workers === undefined ? {} : { PARSE_WORKERS: String(workers) }),
    ...(board ? { BOARD_PORT: '0' } : {}),
    ...(store === undefined ? {} : { STORE: store }),
    ...(probed ? { BENCH_PROBE: join(directory, 'probe.json') } : {}),
  };
}

export const CENTRAL_LISTENS = /action: listen \| result: success.*port: (\d+)/;

/** Our central; its log goes to a file in its directory, as it would on a server. */
export async function startCentral(options: CentralOptions): Promise<Target> {
  const { directory, probed = false, nodeArgs = [], node = process.execPath } = options;
  const probe = probed ? ['-r', benchProgram('probe.js')] : [];
  const quiet = options.logLevel !== undefined && options.logLevel !== 'INFO';
  // A central that says little does not say where it listens.
  const chosen = quiet ? await freePort() : 0;
  const child = new Child(
    node,
    [...nodeArgs, ...probe, LOTERIA, 'server', '--config', '/dev/null'],
    {
      env: { ...centralEnvironment(options), SERVER_PORT: String(chosen) },
      logPath: join(directory, 'central.log'),
    },
  );
  if (quiet) {
    await untilListening(chosen, child);
    return { child, port: chosen };
  }
  const [, port] = await child.waitFor(CENTRAL_LISTENS);
  return { child, port: Number(port) };
}

/** What the probe of a central that has ended wrote. */
export function readProbe(directory: string): ProbeReport {
  const path = join(directory, 'probe.json');
  if (!existsSync(path)) throw new Error('the probe has written nothing');
  return JSON.parse(readFileSync(path, 'utf8')) as ProbeReport;
}

/** @param directory null: floor A stores nothing */
export async function startFloorA(directory: string | null): Promise<Target> {
  const options: FloorAOptions = { file: directory === null ? null : join(directory, 'bets.csv') };
  const child = startNode(benchProgram('floor-a.js'), options);
  const [, port] = await child.waitFor(/listen (\d+)/);
  return { child, port: Number(port) };
}

export interface AgencyEnvironment {
  readonly port: number;
  readonly agency: number;
  readonly file: string;
  /** The Node that runs it; undefined: the one that runs this. */
  readonly node?: string;
}

/** A real agency. */
export function startAgency(
  { port, agency, file, node = process.execPath }: AgencyEnvironment,
  nodeArgs: readonly string[] = [],
): Child {
  const args = [...nodeArgs, LOTERIA, 'client', '--config', '/dev/null'];
  return new Child(node, args, {
    env: {
      CLI_ID: String(agency),
      CLI_SERVER_ADDRESS: `127.0.0.1:${String(port)}`,
      CLI_LOOP_AMOUNT: '1',
      CLI_LOOP_PERIOD: '1s',
      CLI_LOG_LEVEL: 'INFO',
      CLI_DATA: file,
    },
  });
}

/** The load, connected and ready. */
export class Load {
  private constructor(private readonly child: Child) {}

  static async start(options: LoadOptions): Promise<Load> {
    const child = startNode(benchProgram('load.js'), options);
    await child.waitFor(/^ready$/m);
    return new Load(child);
  }

  /** Sends everything, and waits until it is acknowledged. */
  async send(): Promise<LoadReport> {
    this.child.send('go');
    const [, json = ''] = await this.child.waitFor(/^stored (.*)\n/m);
    return JSON.parse(json) as LoadReport;
  }

  /** Waits until all agencies have their winners. @returns seconds since the last bet was stored */
  async drawn(): Promise<number> {
    const [, json = ''] = await this.child.waitFor(/^drawn (.*)\n/m);
    return (JSON.parse(json) as { seconds: number }).seconds;
  }

  async end(): Promise<void> {
    this.child.send('end');
    await this.child.exited;
  }
}

export const LOAD_DEFAULTS = {
  agencies: 5,
  batchBets: 65_535,
  window: 8,
  lapBetsMax: 200_000,
  batchesPerSecond: null,
  finish: false,
} as const;
