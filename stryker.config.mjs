/**
 * `npm run stryker [-- --mutate FILES]`: changes every expression of the store, the session, the
 * lottery and the draw, one at a time, and asks the tests of these parts to notice
 * (docs/RELIABILITY.md, "Mutants"). Other campaigns are not asked; `npm run mutants` asks all.
 * `STRYKER_SPEC='FILE FILE'` asks fewer tests, for a part.
 */
export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: {
    config: '.mocharc.json',
    spec: process.env.STRYKER_SPEC?.split(' ') ?? [
      'test/unit/server/**/*.test.ts',
      'test/store/**/*.test.ts',
    ],
  },
  mutate: ['src/store/**/*.ts', 'src/server/session/*.ts', 'src/server/draw/*.ts'],
  coverageAnalysis: 'perTest',
  // What a test of a module says of code that runs while the module is loaded is not kept apart.
  ignoreStatic: true,
  // Two cores, one of them for whoever works here.
  concurrency: 1,
  timeoutMS: 20_000,
  incremental: true,
  incrementalFile: 'node_modules/.cache/stryker/incremental.json',
  tempDirName: 'node_modules/.cache/stryker/work',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'node_modules/.cache/stryker/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  ignorePatterns: ['coverage', 'dist', 'data', '.data', 'bench'],
};
