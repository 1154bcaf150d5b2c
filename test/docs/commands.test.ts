/**
 * Every command in the documents is run here or elsewhere, or is known to exist, or stands in
 * `NOT_RUN` with the reason. A command of no known form fails.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { LOTERIA, ROOT } from '../support/program';
import { codes, tableRows } from '../unit/docs/markdown';
import { commandsOf, documents, fences } from './commands';

/** Commands that no test runs, and why. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [
    /^sudo |^systemctl |^journalctl /,
    'changes this machine; deploy.test.ts starts what it installs',
  ],
  [
    /^npm prune/,
    'changes node_modules; production-install.test.ts installs without developer packages',
  ],
  [/^docker (?:logs|pause|unpause|stop)/, "Docker's own"],
  [/^psql -h /, "PostgreSQL's own"],
  [/^docker compose .* up -d$/, 'needs a Docker engine; deploy.test.ts checks the file'],
  [/^kill -9$/, 'a way to end a process, not a command line'],
  [/^openssl ca -gencrl$/, 'part of a certificate authority of your own'],
  [
    /^npx ts-node test\/support\/cluster-up\.ts$/,
    'goes on until it is ended; test/cluster/failover.test.ts starts the same',
  ],
  [/^node -e 0$/, 'what a measurement is compared with'],
  [/^strace -e inject=$/, 'an option of strace that `npm run disk` uses'],
  [/^make (?:deps|all)$/, 'of the earlier systems; the table says what replaces it'],
];

/** Commands that another test runs, whole. */
const RUN_ELSEWHERE: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(?:MODE=echo )?\.\/generar-compose\.sh( docker-compose-dev\.yaml [15n])?$|FILE N$/,
    'test/process/compose.test.ts',
    'SCRIPT',
  ],
  [/^npx ts-node generar-compose\.ts 5$/, 'test/process/compose.test.ts', 'generar-compose.ts'],
  [/^sh validar-echo-server\.sh$/, 'test/process/echo-check.test.ts', 'validar-echo-server.sh'],
  [/^kill -(?:STOP|CONT) PID$/, 'test/process/backup.test.ts', 'SIGCONT'],
  [/^cp -a DATA_DIR COPY$/, 'test/process/backup.test.ts', "'cp', ['-a'"],
  [/^npm ci --omit=dev$/, 'test/process/production-install.test.ts', 'package-lock.json'],
  [/^npm pack$/, 'test/process/package.test.ts', "'pack'"],
  [/^curl -s 127\.0\.0\.1:9464\/metrics$/, 'test/docs/metrics.test.ts', "'/metrics'"],
  [/^openssl (?:req|x509) /, 'test/docs/recipes.test.ts', 'openssl'],
];

const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Variables that a program, the Compose generator or the Makefile takes. */
const VARIABLES: ReadonlySet<string> = new Set(
  [
    ...tableRows('docs/CONFIGURATION.md', ['key', 'default', 'values', 'what']),
    ...tableRows('docs/CONFIGURATION.md', ['variable', 'what']),
    ...tableRows('docs/CONFIGURATION.md', ['variable', 'default', 'values', 'what']),
    ...tableRows('docs/CONFIGURATION.md', ['key', 'variable', 'default', 'values', 'what']).map(
      ([, variable = '']) => [variable],
    ),
  ]
    .map(([cell = '']) => codes(cell)[0] ?? '')
    .concat('CLIENTS', 'BETS', 'PACE', 'KILL', 'FORCE', 'STRYKER_PART'),
);

/** Targets of the Makefile that are known to be there. */
const targets = new Set<string>();
const helps = new Map<string, string>();

/** What `loteria ... --help` says; a sub-command that does not exist fails. */
function helpOf(...path: readonly string[]): string {
  const key = path.join(' ');
  const known = helps.get(key);
  if (known !== undefined) return known;
  const args = [LOTERIA, ...path, '--help'];
  const text = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' });
  expect(text, key).to.include(`Usage: loteria ${key}`.trim());
  helps.set(key, text);
  return text;
}

/** All text of a tool's folder: its options are in there. */
function sourcesBeside(file: string): string {
  const folder = join(ROOT, dirname(file));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

function testFiles(): string[] {
  const names = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  return names.map((name) => `test/${name}`);
}

/** `**` and `*` of a pattern. */
function globPattern(glob: string): RegExp {
  const text = glob
    .replaceAll(/[.]/g, '\\$&')
    .replaceAll('**/', '(?:.+/)?')
    .replaceAll(/(?<![.)])\*|(?<=\/)\*/g, '[^/]*');
  return new RegExp(`^${text}$`);
}

/** Long options of a command line. */
function longOptions(text: string): string[] {
  return Array.from(text.matchAll(/(?<=\s|\[)--([a-z][a-z-]*)/g), ([, name = '']) => name);
}

function checkMake(text: string): void {
  const [, environment = '', args = ''] = /^((?:[A-Z_]+=\S+ )*)make ?(.*)$/.exec(text) ?? [];
  const assignments = [...environment.trim().split(' '), ...args.split(' ')].filter((word) =>
    word.includes('='),
  );
  for (const assignment of assignments) {
    expect([...VARIABLES], text).to.include(assignment.split('=')[0]);
  }
  const [target = 'help'] = args.split(' ').filter((word) => /^[a-z-]+$/.test(word));
  if (targets.has(target)) return;
  execFileSync('make', ['-n', target], { cwd: ROOT, stdio: 'pipe' });
  targets.add(target);
}

function checkNpmRun(text: string): void {
  const [, name = '', rest = ''] = /npm run (\S+)(.*)$/.exec(text) ?? [];
  const script = PACKAGE.scripts[name];
  expect(Object.keys(PACKAGE.scripts), text).to.include(name);
  const entry = /(?:test|bench|scripts)\/[\w/-]+\.ts/.exec(script ?? '')?.[0];
  const source =
    name === 'bench' ? 'bench/run.ts' : name === 'simulate' ? 'test/simulation/main.ts' : entry;
  // Every tool has --help from its parser of options.
  const options = longOptions(rest).filter((option) => option !== 'help');
  if (options.length === 0) return;
  const sources = sourcesBeside(source ?? 'none');
  for (const option of options) {
    expect(
      sources.includes(`'${option}'`) || sources.includes(`--${option}`),
      `${text}: ${option}`,
    ).to.equal(true);
  }
}

function checkLoteria(text: string): void {
  const [, environment = '', rest = ''] =
    /^((?:[A-Z_]+=\S+ )*)(?:\.\/bin\/)?loteria ?(.*)$/.exec(text) ?? [];
  for (const pair of environment.trim().split(' ').filter(Boolean)) {
    expect([...VARIABLES], text).to.include(pair.split('=')[0]);
  }
  const words = rest.split(/\s+/);
  const path = words[0] === 'store' ? words.slice(0, 2) : words.slice(0, 1);
  const help = helpOf(...path);
  for (const option of longOptions(rest)) expect(help, text).to.include(`--${option}`);
}

function checkMocha(text: string): void {
  const pattern = globPattern((/^npx mocha (.*)$/.exec(text)?.[1] ?? '').replaceAll("'", ''));
  expect(
    testFiles().some((name) => pattern.test(name)),
    text,
  ).to.equal(true);
}

const FORMS: readonly (readonly [RegExp, (text: string) => void])[] = [
  [
    /^(?:[A-Z_]+=(?:'[^']*'|\S+) )*make\b/,
    (text) => {
      checkMake(text.replaceAll(/'[^']*'/g, 'x'));
    },
  ],
  [/^(?:[A-Z_]+=\S+ )*npm run\b/, checkNpmRun],
  [/^npx mocha\b/, checkMocha],
  [/^(?:[A-Z_]+=\S+ )*(?:\.\/bin\/)?loteria\b/, checkLoteria],
];

describe('commands in the documents', function () {
  this.timeout(60_000);

  for (const file of documents()) {
    it(`${file}: each is known`, () => {
      for (const { text } of commandsOf(file)) {
        if (NOT_RUN.some(([pattern]) => pattern.test(text))) continue;
        if (RUN_ELSEWHERE.some(([pattern]) => pattern.test(text))) continue;
        const form = FORMS.find(([pattern]) => pattern.test(text));
        expect(
          form,
          `${file}: "${text}" is of no known form: run it, or say in NOT_RUN why not`,
        ).not.to.equal(undefined);
        form?.[1](text);
      }
    });

    it(`${file}: each block says whether it holds commands`, () => {
      // The blocks of the protocol are its examples, which tests decode.
      if (file === 'docs/PROTOCOL.md') return;
      for (const { language, body } of fences(readFileSync(join(ROOT, file), 'utf8'))) {
        expect(['sh', 'text'], body).to.include(language);
      }
    });
  }

  it('finds commands at all', () => {
    expect(commandsOf('docs/SECURITY.md').length).to.be.at.least(9);
    expect(commandsOf('README.md').length).to.be.at.least(15);
  });

  it('names no exception that is not needed', () => {
    const texts = documents()
      .flatMap(commandsOf)
      .map(({ text }) => text);
    for (const [pattern] of [...NOT_RUN, ...RUN_ELSEWHERE]) {
      expect(
        texts.some((text) => pattern.test(text)),
        String(pattern),
      ).to.equal(true);
    }
  });

  it('names tests that run them', () => {
    for (const [, file, words] of RUN_ELSEWHERE) {
      expect(readFileSync(join(ROOT, file), 'utf8'), file).to.include(words);
    }
  });
});
