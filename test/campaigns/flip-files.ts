/**
 * Changed bits in what the journal does not hold, on whole lotteries of real processes: bets.csv before
 * and after the draw, winners.csv, acta.json. Each flip is made in a copy of a directory, a central is
 * started on it, and its agencies ask for their winners: it refuses, or every winner is right.
 */
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../support/memory-file';
import {
  cleanUp,
  loteria,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { flipped } from '../support/store-journal';
import { NORA, row } from '../support/wire-builder';

const AGENCIES = 3;
const BETS = 60;
const WINNING = 7574;
const START_MS = 20_000;
const WINNERS_MS = 20_000;
const SETTINGS = {
  AGENCIES: String(AGENCIES),
  SERVER_PORT: '0',
  SERVER_LISTEN_BACKLOG: '64',
  LOGGING_LEVEL: 'INFO',
  NODE_V8_COVERAGE: '',
};

/** A directory of a lottery, and what may be flipped in it. */
interface Template {
  readonly name: 'before the draw' | 'after the draw';
  readonly directory: string;
  readonly files: readonly string[];
}

export interface FileFlips {
  readonly refused: number;
  readonly harmless: number;
  /** Flips by file. */
  readonly byFile: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/** The bets of an agency: every seventh has won. */
function rowsOf(agency: number): Buffer[] {
  return Array.from({ length: BETS }, (_, i) =>
    row({
      ...NORA,
      agency,
      document: String(10_000_000 * agency + i),
      number: i % 7 === agency ? WINNING : (i * 97) % 7_000,
    }),
  );
}

function winnersOf(agency: number): string {
  return Array.from({ length: BETS }, (_, i) => i)
    .filter((i) => i % 7 === agency)
    .map((i) => String(10_000_000 * agency + i))
    .join();
}

export async function runFileFlips(
  flips: number,
  random: Random,
  onProgress: (done: number) => void,
): Promise<FileFlips> {
  const outcomes = { refused: 0, harmless: 0 };
  const byFile = new Map<string, number>();
  const problems: string[] = [];
  try {
    const templates = [await beforeTheDraw(), await afterTheDraw()];
    for (let i = 0; i < flips && problems.length === 0; i++) {
      const template = templates[i % templates.length];
      if (template === undefined) break;
      const file = template.files[Math.floor(random() * template.files.length)] ?? 'bets.csv';
      const { directory, where } = flipIn(template, file, random);
      const outcome = await tryDirectory(directory);
      if (outcome === 'refused' || outcome === 'harmless') outcomes[outcome]++;
      else problems.push(`${template.name}, ${where}: ${outcome}`);
      const name = `${file}, ${template.name}`;
      byFile.set(name, (byFile.get(name) ?? 0) + 1);
      onProgress(i + 1);
    }
  } finally {
    await cleanUp();
  }
  return { ...outcomes, byFile, problems };
}

/** All but the last agency have finished, and the journal holds no row any more. */
async function beforeTheDraw(): Promise<Template> {
  const directory = temporaryDirectory();
  const { program, port } = await startServer(SETTINGS, directory);
  await Promise.all([1, 2].map((agency) => loadOnly(agency, port)));
  await stop(program);
  // Another start begins a new journal file behind what is stored.
  await stop((await startServer(SETTINGS, directory)).program);
  return { name: 'before the draw', directory, files: ['bets.csv'] };
}

async function afterTheDraw(): Promise<Template> {
  const directory = temporaryDirectory();
  const { program, port } = await startServer(SETTINGS, directory);
  await Promise.all([1, 2, 3].map((agency) => agencyOf(agency).run(port)));
  await program.waitFor('action: acta ');
  await stop(program);
  await stop((await startServer(SETTINGS, directory)).program);
  const wanted = ['bets.csv', 'winners.csv', 'acta.json'];
  const files = readdirSync(directory).filter((name) => wanted.includes(name));
  return { name: 'after the draw', directory, files };
}

function agencyOf(agency: number, onFinished: () => void = () => undefined): RawAgency {
  return new RawAgency(agency, { rows: rowsOf(agency), window: 8, batchBets: 10, onFinished });
}

/** An agency that finishes, and waits for its winners no longer than that. */
function loadOnly(agency: number, port: number): Promise<void> {
  return new Promise((resolve) => {
    void agencyOf(agency, resolve).run(port);
  });
}

async function stop(program: Program): Promise<void> {
  program.signal('SIGTERM');
  await program.exited;
}

function flipIn(
  { directory }: Template,
  file: string,
  random: Random,
): { directory: string; where: string } {
  const copy = temporaryDirectory();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (statSync(path).isFile()) copyFileSync(path, join(copy, name));
  }
  const path = join(copy, file);
  const bytes = readFileSync(path);
  const at = Math.floor(random() * bytes.length);
  const bit = Math.floor(random() * 8);
  writeFileSync(path, flipped(bytes, at, 1 << bit));
  return { directory: copy, where: `${file}, byte ${String(at)}, bit ${String(bit)}` };
}

/** What a central and its agencies make of a directory. */
async function tryDirectory(directory: string): Promise<string> {
  const program = loteria(['server'], { ...SETTINGS, DATA_DIR: directory }, directory);
  const state = { exited: false };
  void program.exited.then(() => (state.exited = true));
  const agencies = [1, 2, 3].map((agency) => agencyOf(agency));
  try {
    const line = await Promise.race([
      program.waitFor('action: listen | result: success').catch(() => ''),
      program.exited.then(() => ''),
      delay(START_MS).then(() => 'late'),
    ]);
    const port = Number(/port: (\d+)/.exec(line)?.[1] ?? 0);
    if (port > 0) {
      const all = Promise.all(agencies.map((agency) => agency.run(port)));
      await Promise.race([all, program.exited, delay(WINNERS_MS)]);
    }
    for (const { winners, number } of agencies) {
      if (winners !== null && winners.join() !== winnersOf(number)) {
        return `agency ${String(number)} was told ${winners.join()}`;
      }
    }
    if (agencies.every(({ winners }) => winners !== null)) return 'harmless';
    if (!state.exited && port > 0) await Promise.race([program.exited, delay(START_MS)]);
    const isCoded = program.output.includes('STORE_DAMAGED');
    if (state.exited && isCoded) return 'refused';
    return `neither winners nor STORE_DAMAGED: ${program.output}`;
  } finally {
    program.signal('SIGKILL');
    await program.exited;
  }
}

function delay(ms: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve('late');
    }, ms).unref();
  });
}
