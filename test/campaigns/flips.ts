/**
 * `npm run flips -- [--flips N] [--seed S]`: damaged files. Changes one bit of a journal file or of
 * the rows in bets.csv that the journal holds, in stores of many layouts, and opens each: nothing that
 * was acknowledged may be lost without a word. `test/store/damage-*.test.ts` do the same for every
 * byte.
 */
import { parseArgs } from 'node:util';
import { CSV } from '../support/store-driver';
import { flipped } from '../support/store-journal';
import { expectKeptOrRefused, LAYOUTS, type Layout } from '../support/store-layouts';
import { randomOf } from '../support/store-random';

/** Layouts whose journal holds every row of bets.csv come first. */
const LAYOUTS_WITH_ALL_ROWS = 4;

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

function main(): void {
  const { values } = parseArgs({
    options: { flips: { type: 'string' }, seed: { type: 'string' } },
  });
  const flips = Number(values.flips ?? '100000');
  const seed = Number(values.seed ?? '1');
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
  process.stdout.write(
    `${String(flips)} flips, seed ${String(seed)}: ${String(outcomes.refused)} refused, ` +
      `${String(outcomes.kept)} without effect, none lost anything\n`,
  );
}

main();
