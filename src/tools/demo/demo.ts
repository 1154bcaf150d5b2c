/**
 * The whole lottery on one machine: one central and the agencies as processes of their own, shown
 * live, with a table at the end.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { countBets } from '../../store/file/course-functions';
import { agencyFile } from '../data/generate-bets';
import { prepareData, type Prepared } from '../data/prepare-data';
import type { ChildProgram } from './child-program';
import { startAgency, type AgencyReport } from './demo-agencies';
import { DemoCentral } from './demo-central';
import { Crashes } from './demo-crashes';
import { DemoDisplay } from './demo-display';

export interface DemoOptions {
  readonly agencies: number;
  readonly bets: number | undefined;
  readonly seed: number | undefined;
  /** Where the agencies' files are, or will be. */
  readonly directory: string;
  /** How long each agency takes; 0: no longer than it has to. */
  readonly paceMs: number;
  /** How often the central is killed on the way. */
  readonly kills: number;
  /** Of the central's live board; 0: the system chooses. */
  readonly boardPort: number;
  /** Whether the central stays after the draw, with its board, until somebody ends it. */
  readonly keep: boolean;
}

/** What runs, so that all of it can be stopped. */
interface Scene {
  readonly dataDirectory: string;
  central: DemoCentral | null;
  readonly agencies: ChildProgram[];
  /** Whether the directory stays: the page has shown the command that verifies it. */
  isKept: boolean;
}

/**
 * @returns whether every bet was stored and every agency received its winners
 * @throws LoteriaError when a program fails
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const prepared = prepareData(options);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'loteria-demo-'));
  const scene: Scene = { dataDirectory, central: null, agencies: [], isKept: false };
  const stopAll = (): void => {
    scene.central?.stop();
    for (const agency of scene.agencies) agency.stop();
  };
  process.on('SIGINT', stopAll);
  process.on('SIGTERM', stopAll);
  try {
    return await play(options, prepared, scene);
  } finally {
    stopAll();
    await Promise.all(scene.agencies.map((agency) => agency.exited));
    await scene.central?.current.exited;
    process.off('SIGINT', stopAll);
    process.off('SIGTERM', stopAll);
    if (!scene.isKept) rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function play(options: DemoOptions, prepared: Prepared, scene: Scene): Promise<boolean> {
  const { agencies, directory, boardPort, keep } = options;
  const { dataDirectory } = scene;
  const central = await DemoCentral.start({ agencies, dataDirectory, boardPort });
  scene.central = central;
  const reports = Array.from({ length: agencies }, (_, i) => reportOf(directory, i + 1));
  const display = new DemoDisplay(reports, directory, prepared, central.boardUrl);
  try {
    const startedMs = performance.now();
    await runAgencies(options, central, reports, display, scene.agencies);
    const seconds = (performance.now() - startedMs) / 1_000;
    if (!keep) await end(central);
    const isComplete = display.finish(
      await countBets(join(dataDirectory, 'bets.csv')),
      seconds,
      keep,
    );
    if (keep) {
      await expectSuccess([central.current]);
      display.noteKept(dataDirectory);
      scene.isKept = true;
    }
    return isComplete;
  } finally {
    display.close();
  }
}

async function end(central: DemoCentral): Promise<void> {
  central.stop();
  await expectSuccess([central.current]);
}

function reportOf(directory: string, agency: number): AgencyReport {
  const rows = readFileSync(agencyFile(directory, agency), 'latin1').split('\n');
  const bets = rows.at(-1) === '' ? rows.length - 1 : rows.length;
  return { agency, bets, sent: 0, winners: null };
}

async function runAgencies(
  { directory, paceMs, kills }: DemoOptions,
  central: DemoCentral,
  reports: readonly AgencyReport[],
  display: DemoDisplay,
  agencies: ChildProgram[],
): Promise<void> {
  const crashes = new Crashes({
    central,
    bets: reports.reduce((sum, { bets }) => sum + bets, 0),
    times: kills,
    note: (text) => {
      display.note(text);
    },
  });
  const onProgress = (): void => {
    display.update();
    crashes.update(reports.reduce((sum, { sent }) => sum + sent, 0));
  };
  const { port } = central;
  for (const report of reports) {
    agencies.push(startAgency(report, { directory, port, paceMs, onProgress }));
  }
  await crashes.during(expectSuccess(agencies));
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
