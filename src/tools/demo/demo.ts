/**
 * The whole lottery on one machine: one central and the agencies as processes of their own, shown
 * live, with a table at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { countBets } from '../../store/file/course-functions';
import { agencyFile } from '../data/generate-bets';
import { prepareData, type Prepared } from '../data/prepare-data';
import { ChildProgram } from './child-program';
import { DemoDisplay, type AgencyReport } from './demo-display';

export interface DemoOptions {
  readonly agencies: number;
  readonly bets: number | undefined;
  readonly seed: number | undefined;
  /** Where the agencies' files are, or will be. */
  readonly directory: string;
}

/**
 * @returns whether every bet was stored and every agency received its winners
 * @throws LoteriaError when a program fails
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const prepared = prepareData(options);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'loteria-demo-'));
  const children: ChildProgram[] = [];
  const stopAll = (): void => {
    for (const child of children) child.stop();
  };
  process.on('SIGINT', stopAll);
  process.on('SIGTERM', stopAll);
  try {
    return await play(options, prepared, dataDirectory, children);
  } finally {
    stopAll();
    await Promise.all(children.map((child) => child.exited));
    process.off('SIGINT', stopAll);
    process.off('SIGTERM', stopAll);
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function play(
  options: DemoOptions,
  prepared: Prepared,
  dataDirectory: string,
  children: ChildProgram[],
): Promise<boolean> {
  const central = new ChildProgram('central', ['server'], {
    SERVER_MODE: 'lottery',
    SERVER_PORT: '0',
    SERVER_LISTEN_BACKLOG: '128',
    LOGGING_LEVEL: 'INFO',
    BIND_ADDRESS: '127.0.0.1',
    AGENCIES: String(options.agencies),
    DATA_DIR: dataDirectory,
  });
  children.push(central);
  const port = (await central.waitFor('listen'))['port'] ?? '';
  const display = new DemoDisplay(options.directory, options.agencies, prepared);
  const startedMs = performance.now();
  const reports = await runAgencies(options, port, display, children);
  const seconds = (performance.now() - startedMs) / 1000;
  central.stop();
  await expectSuccess([central]);
  const stored = await countBets(join(dataDirectory, 'bets.csv'));
  return display.finish(reports, stored, seconds);
}

async function runAgencies(
  options: DemoOptions,
  port: string,
  display: DemoDisplay,
  children: ChildProgram[],
): Promise<AgencyReport[]> {
  const reports: AgencyReport[] = [];
  const agencies: ChildProgram[] = [];
  for (let agency = 1; agency <= options.agencies; agency++) {
    const report: AgencyReport = { agency, sent: 0, winners: null };
    reports.push(report);
    const child = new ChildProgram(`agency ${String(agency)}`, ['client'], {
      CLI_MODE: 'lottery',
      CLI_ID: String(agency),
      CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
      CLI_DATA: agencyFile(options.directory, agency),
      CLI_LOOP_AMOUNT: '1',
      CLI_LOOP_PERIOD: '1s',
      CLI_LOG_LEVEL: 'DEBUG',
    });
    child.onLine((line) => {
      if (line['action'] === 'batch_stored') {
        report.sent = Number(line['stored']);
        display.update(report);
      } else if (line['action'] === 'winners') {
        report.winners = (line['documents'] ?? '').split(' ').filter((text) => text !== '');
      }
    });
    children.push(child);
    agencies.push(child);
  }
  await expectSuccess(agencies);
  return reports;
}

/** Waits for programs to end, and fails with the last words of the first one that failed. */
async function expectSuccess(programs: readonly ChildProgram[]): Promise<void> {
  await Promise.all(
    programs.map(async (program) => {
      const exit = await program.exited;
      if (exit === 0) return;
      throw new LoteriaError(
        'GAVE_UP',
        `${program.name} ended with ${String(exit)}; its last words: ${program.lastLine}`,
      );
    }),
  );
}
