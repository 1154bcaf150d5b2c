/**
 * `npm run mutants [-- NAME...]`: plants each bug of the catalogue in a scratch copy, one at a time,
 * and runs the tests that are known to catch it, then the campaigns, until one of them fails. Prints which test
 * caught it; exits with 1 if one was not caught. What is asked must pass without any bug: that is checked before
 * it is first asked.
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
import { MUTANTS } from './catalogue';
import type { Mutant } from './mutant';

const ROOT = join(__dirname, '..', '..');
const NOT_COPIED: ReadonlySet<string> = new Set(['.git', 'coverage', 'dist', 'node_modules']);
/** Without a bug all of a campaign is run, on a machine that may have other work. */
const TIMEOUT_WITHOUT_BUG_MS = 1_800_000;
/** With a bug a campaign may take so many times as long as without; then it counts as one that comes to no end. */
const TIMEOUT_FACTOR = 4;
const TIMEOUT_MIN_MS = 120_000;
/** Of one test. It is there for bugs that make a test wait for ever, not for a slow machine. */
const TEST_TIMEOUT_MS = 60_000;

interface Campaign {
  readonly name: string;
  /** Of node. */
  readonly args: readonly string[];
  /** What it runs that is not the source; null: it runs the source. */
  readonly build: 'programs' | 'simulator' | null;
}

function tests(name: string, ...files: readonly string[]): Campaign {
  const config = ['--config', join(ROOT, '.mocharc.json'), '--timeout', String(TEST_TIMEOUT_MS)];
  const options = [...config, '--bail', '--reporter', 'json'];
  const args = [join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js'), ...options, ...files];
  const needsPrograms = files.some((file) => file.startsWith('test/process/'));
  return { name, args, build: needsPrograms ? 'programs' : null };
}

/** In the order in which they are tried: the one that says most first, the slowest last. */
const CAMPAIGNS: readonly Campaign[] = [
  { name: 'simulator', args: ['dist/simulate.js', '--seeds', '3000'], build: 'simulator' },
  // Not the tests of the engine on PostgreSQL, which take minutes: its bugs name theirs.
  tests('store', 'test/store/*.test.ts', 'test/store/file/**/*.test.ts'),
  tests('unit', 'test/unit/**/*.test.ts'),
  tests('processes', 'test/process/**/*.test.ts'),
];

/** A copy of the project, and what has passed there without a bug. */
class Scratch {
  /** How long each campaign took without a bug. */
  private readonly passedInMs = new Map<string, number>();

  constructor(readonly directory: string) {
    for (const name of readdirSync(ROOT)) {
      if (NOT_COPIED.has(name)) continue;
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    build('programs', directory);
  }

  /** The first campaign that fails with the bug planted, and what it said. */
  hunt(mutant: Mutant): readonly [campaign: string, said: string] {
    const { firstTry } = mutant;
    const first = firstTry === undefined ? [] : [tests('first try', ...firstTry.split(' '))];
    for (const campaign of [...first, ...CAMPAIGNS]) {
      const timeoutMs = this.demandPasses(campaign);
      const restore = this.plant(mutant);
      build(campaign.build, this.directory);
      const said = failureOf(campaign, this.directory, timeoutMs);
      restore();
      // The tests of the source may run built threads.
      if (campaign.build === 'programs') build('programs', this.directory);
      if (said !== null) return [campaign.name, said];
    }
    return ['-', 'NOT CAUGHT'];
  }

  /** @returns how long the campaign may take with a bug */
  private demandPasses(campaign: Campaign): number {
    const key = campaign.args.join(' ');
    const passedInMs = this.passedInMs.get(key) ?? this.runWithoutBug(campaign);
    this.passedInMs.set(key, passedInMs);
    return Math.max(TIMEOUT_MIN_MS, TIMEOUT_FACTOR * Math.ceil(passedInMs));
  }

  private runWithoutBug(campaign: Campaign): number {
    build(campaign.build, this.directory);
    const startMs = performance.now();
    const said = failureOf(campaign, this.directory, TIMEOUT_WITHOUT_BUG_MS);
    if (said !== null) throw new Error(`fails without any mutant: ${campaign.name}: ${said}`);
    return performance.now() - startMs;
  }

  /** @returns takes the bug out again */
  private plant({ file, find, put }: Mutant): () => void {
    const path = join(this.directory, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) throw new Error(`${file}: not exactly once: ${find}`);
    const changed = source.replace(find, () => put);
    writeFileSync(path, changed);
    return () => {
      writeFileSync(path, source);
    };
  }
}

/** What a campaign said when it failed, in short; null when it passed. */
function failureOf({ args }: Campaign, directory: string, timeoutMs: number): string | null {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return null;
  const title =
    /"failures": \[\s*\{\s*"title": "(?:[^"\\]|\\.)*",\s*"fullTitle": ("(?:[^"\\]|\\.)*")/.exec(
      stdout,
    );
  if (title?.[1] !== undefined) return JSON.parse(title[1]) as string;
  // Not the progress of a campaign that has found nothing yet.
  const lines = stdout
    .split('\n')
    .filter((line) => /fail|violat|check/i.test(line) && !line.includes(' 0 failed'));
  return (
    lines[0] ?? (status === null ? 'it came to no end' : `exit code ${String(status)}`)
  ).trim();
}

function build(what: Campaign['build'], directory: string): void {
  if (what === null) return;
  // Without the check of types: a mutant may leave something unused.
  const script = what === 'simulator' ? 'build:simulator' : 'build:bundles';
  spawnSync('npm', ['run', '--silent', script], { cwd: directory });
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
    const scratch = new Scratch(directory);
    const wanted = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
    for (const mutant of wanted) {
      const [campaign, said] = scratch.hunt(mutant);
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
