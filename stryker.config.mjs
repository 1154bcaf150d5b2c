/**
 * `STRYKER_PART=NAME npm run stryker`: changes every expression of a part of the central, one at a time, and
 * asks the tests of that part to notice (docs/RELIABILITY.md, "Mutants"). Each part takes an hour at most on one
 * core. Other campaigns are not asked; `npm run mutants` asks all.
 */
const SESSION_TESTS = ['test/unit/server/**/*.test.ts', 'test/unit/protocol/dialects/*.test.ts'];

const storeTests = (...names) => names.map((name) => `test/store/**/${name}.test.ts`);
const ACTA = ['acta*', 'commitment', 'published-files', 'terms'];
const ENGINE = ['engines', 'file-bet-store', 'state', 'store-error', 'store-watch'];
const OUTCOME = ['bets-audit', 'csv-check', 'persist-winners', 'row-blocks', 'winners-*'];
/** The engine on PostgreSQL: its tests take minutes, and skip themselves where no PostgreSQL is installed. */
const NOT_POSTGRES = '!src/store/postgres/**';

const PARTS = {
  session: {
    mutate: ['src/server/session/*.ts', '!src/server/session/lottery.ts'],
    spec: SESSION_TESTS,
  },
  lottery: {
    mutate: ['src/server/session/lottery.ts'],
    spec: SESSION_TESTS,
  },
  draw: {
    mutate: ['src/server/draw/*.ts', 'src/store/**/drawing.ts'],
    spec: ['test/unit/server/draw/*.test.ts', ...storeTests('drawing')],
  },
  // What is published of a draw, before and after it.
  acta: {
    mutate: [...ACTA.map((name) => `src/store/**/${name}.ts`), NOT_POSTGRES],
    spec: [
      ...storeTests(
        'acta',
        'commitment',
        'file-engine',
        'put-back-files',
        'store-watch',
        'verify*',
      ),
      'test/unit/server/draw/*.test.ts',
    ],
  },
  // What follows from stored bets.
  outcome: {
    mutate: [...OUTCOME.map((name) => `src/store/**/${name}.ts`), NOT_POSTGRES],
    spec: [
      ...storeTests('bets-audit', 'persist-winners', 'verify', 'winners-file'),
      ...['test/unit/server/draw/*.test.ts', ...storeTests('drawing')],
    ],
  },
  // What an engine is asked for, and what it says of errors.
  engine: {
    mutate: [...ENGINE.map((name) => `src/store/**/${name}.ts`), NOT_POSTGRES],
    spec: [
      ...storeTests('engines', 'file-engine', 'put-back-files', 'state', 'store-watch'),
      'test/unit/store/store-error.test.ts',
    ],
  },
  // Those tests of the journal that take seconds and not minutes.
  store: {
    mutate: [
      ...['src/store/**/*.ts', '!src/store/**/drawing.ts'],
      ...[...ACTA, ...ENGINE, ...OUTCOME].map((name) => `!src/store/**/${name}.ts`),
      NOT_POSTGRES,
    ],
    spec: storeTests(
      ...['commit', 'damage-files', 'damage-records', 'directory', 'faults', 'format', 'guard'],
      'turn-over',
    ),
  },
};

const name = process.env.STRYKER_PART ?? '';
const part = PARTS[name];
if (part === undefined) {
  throw new Error(`STRYKER_PART is "${name}": expected one of ${Object.keys(PARTS).join(', ')}`);
}
const cache = 'node_modules/.cache/stryker';

export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: { config: '.mocharc.json', spec: part.spec },
  mutate: part.mutate,
  coverageAnalysis: 'perTest',
  // What a test of a module says of code that runs while the module is loaded is not kept apart.
  ignoreStatic: true,
  // Two cores, one of them for whoever works here.
  concurrency: 1,
  timeoutMS: 5_000,
  incremental: true,
  incrementalFile: `${cache}/${name}.incremental.json`,
  tempDirName: `${cache}/${name}`,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: `${cache}/${name}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  ignorePatterns: ['coverage', 'dist', 'data', '.data', 'bench'],
};
