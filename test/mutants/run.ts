/**
 * `npm run mutants [-- NAME...]`: plants each bug of the catalogue in a scratch copy, one at a time,
 * and runs the tests that are known to catch it, then the campaigns, until one of them fails. Prints which test caught it; exits with 1 if
 * one was not caught.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { MUTANTS, type Mutant } from './catalogue';

const ROOT = join(__dirname, '..', '..');
const NOT_COPIED: ReadonlySet<string> = new Set(['.git', 'coverage', 'dist', 'node_modules']);
const CAMPAIGN_TIMEOUT_MS = 240_000;

interface Campaign {
  readonly name: string;
  readonly command: readonly string[];
}

const mocha = (...files: readonly string[]): readonly string[] => [
  'npx',
  'mocha',
  '--config',
  join(ROOT, '.mocharc.json'),
  '--bail',
  '--reporter',
  'json',
  ...files,
];

/** In the order in which they are tried: the one that says most first, the slowest last. */
const CAMPAIGNS: readonly Campaign[] = [
  { name: 'simulator', command: ['npm', 'run', '--silent', 'simulate', '--', '--seeds', '3000'] },
  { name: 'store', command: mocha('test/store/**/*.test.ts') },
  { name: 'unit', command: mocha('test/unit/**/*.test.ts') },
  { name: 'processes', command: mocha('test/process/**/*.test.ts') },
];

/** What a campaign said when it failed, in short; null when it passed. */
function failureOf({ command }: Campaign, directory: string): string | null {
  const [program = '', ...args] = command;
  const { status, stdout } = spawnSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    timeout: CAMPAIGN_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return null;
  const title = /"failures": \[\s*\{\s*"title": "[^"]*",\s*"fullTitle": ("(?:[^"\\]|\\.)*")/.exec(
    stdout,
  );
  if (title?.[1] !== undefined) return JSON.parse(title[1]) as string;
  const lines = stdout.split('\n').filter((line) => /fail|violat|check/i.test(line));
  return (
    lines[0] ?? (status === null ? 'it came to no end' : `exit code ${String(status)}`)
  ).trim();
}

/** The first campaign that fails, and what it said. */
function hunt({ firstTry }: Mutant, directory: string): readonly [campaign: string, said: string] {
  const first =
    firstTry === undefined ? [] : [{ name: 'first try', command: mocha(...firstTry.split(' ')) }];
  for (const campaign of [...first, ...CAMPAIGNS]) {
    const said = failureOf(campaign, directory);
    if (said !== null) return [campaign.name, said];
  }
  return ['-', 'NOT CAUGHT'];
}

function plant({ file, find, put }: Mutant, directory: string): () => void {
  const path = join(directory, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(find).length !== 2) throw new Error(`${file}: not exactly once: ${find}`);
  writeFileSync(
    path,
    source.replace(find, () => put),
  );
  return () => {
    writeFileSync(path, source);
  };
}

function build(directory: string): void {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  // A mutant may leave something unused; what does not compile at all is not built either way.
  spawnSync(tsc, ['-p', 'tsconfig.build.json', '--noEmitOnError', 'false'], { cwd: directory });
  spawnSync('npm', ['run', '--silent', 'build:bundle'], { cwd: directory });
}

function main(names: readonly string[]): number {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-mutants-'));
  const table = new Table({
    head: ['Mutant', 'Caught by', 'Test'],
    colWidths: [44, 12, 80],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  let escaped = 0;
  try {
    for (const name of readdirSync(ROOT)) {
      if (NOT_COPIED.has(name)) continue;
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    build(directory);
    for (const campaign of CAMPAIGNS) {
      const said = failureOf(campaign, directory);
      if (said !== null) throw new Error(`fails without any mutant: ${campaign.name}: ${said}`);
    }
    const wanted = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
    for (const mutant of wanted) {
      const restore = plant(mutant, directory);
      build(directory);
      const [campaign, said] = hunt(mutant, directory);
      restore();
      if (campaign === '-') escaped++;
      process.stdout.write(`${mutant.name}: ${campaign}: ${said}\n`);
      table.push([mutant.name, campaign, said.slice(0, 300)]);
    }
    process.stdout.write(`${table.toString()}\n`);
    process.stdout.write(`${String(wanted.length - escaped)} of ${String(wanted.length)} caught\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return escaped === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
