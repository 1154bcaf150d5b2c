/**
 * `npm run flips -- [--flips N] [--files N] [--seed S]`: damaged files. Changes one bit of a journal
 * file or of the rows in bets.csv that the journal holds, in stores of many layouts, and opens each:
 * nothing that was acknowledged may be lost without a word. `test/store/file/damage-*.test.ts` do the same
 * for every byte. `--files` flips what the journal does not hold, under real centrals.
 */
import { parseArgs } from 'node:util';
import { buildName } from '../support/build-name';
import { CSV } from '../support/store-driver';
import { flipped } from '../support/store-journal';
import { expectKeptOrRefused, LAYOUTS, type Layout } from '../support/store-layouts';
import { randomOf } from '../support/store-random';
import { runFileFlips } from './flip-files';

/** Layouts whose journal holds every row of bets.csv come first. */
const LAYOUTS_WITH_ALL_ROWS = 4;
const PROGRESS_FLIPS = 50;

interface Target {
  readonly name: string;
  readonly layout: Layout;
  readonly path: string;
}

function targets(): Target[] {
  return LAYOUTS.flatMap(([name, build], i) => {
    const layout = build();
    const paths = ['/data/journal.a', '/data/journal.b'];
    if (i < LAYOUTS_WITH_ALL_ROWS && (layout.contents.get(CSV)?.length ?? 0) > 0) paths.push(CSV);
    return paths.map((path) => ({ name, layout, path }));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { flips: { type: 'string' }, files: { type: 'string' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  print(`build ${buildName(process.cwd())}, seed ${String(seed)}`);
  if (values.files !== undefined) await flipFiles(Number(values.files), seed);
  if (values.files === undefined || values.flips !== undefined) {
    flipStores(Number(values.flips ?? '100000'), seed);
  }
}

async function flipFiles(flips: number, seed: number): Promise<void> {
  const { refused, harmless, byFile, problems } = await runFileFlips(
    flips,
    randomOf(seed),
    (done) => {
      if (done % PROGRESS_FLIPS === 0) print(`${String(done)} of ${String(flips)}`);
    },
  );
  for (const [name, count] of byFile) print(`  ${String(count).padStart(6)}  ${name}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const outcome = `${String(refused)} refused, ${String(harmless)} without effect`;
  print(`${String(flips)} flips under a central: ${outcome}, no wrong winner`);
}

function flipStores(flips: number, seed: number): void {
  const random = randomOf(seed);
  const all = targets();
  const outcomes = { kept: 0, refused: 0 };
  for (let i = 0; i < flips; i++) {
    const target = all[Math.floor(random() * all.length)] ?? all[0];
    if (target === undefined) throw new Error('no layouts');
    const { layout, path, name } = target;
    const bytes = layout.contents.get(path) ?? Buffer.alloc(0);
    const at = Math.floor(random() * bytes.length);
    const bit = Math.floor(random() * 8);
    const contents = new Map(layout.contents).set(path, flipped(bytes, at, 1 << bit));
    try {
      outcomes[expectKeptOrRefused(layout, contents)]++;
    } catch (error) {
      const where = `${name}: ${path}, byte ${String(at)}, bit ${String(bit)}`;
      throw new Error(`flip ${String(i)} of seed ${String(seed)}: ${where}`, { cause: error });
    }
  }
  print(
    `${String(flips)} flips, seed ${String(seed)}: ${String(outcomes.refused)} refused, ` +
      `${String(outcomes.kept)} without effect, none lost anything`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  print(`${error instanceof Error ? error.message : String(error)} ${cause}`.trim());
  process.exitCode = 1;
});
