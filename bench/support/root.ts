import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('no package.json above this file');
  return findRoot(parent);
}

/** The project's directory, whether this runs from `bench/` or from its build. */
export const ROOT = findRoot(__dirname);

/** A file of the program under test, as `make build` leaves it. */
export const built = (...path: string[]): string => join(ROOT, 'dist', ...path);

/** The built form of one of the programs in `bench/`. */
export const benchProgram = (...path: string[]): string =>
  join(ROOT, 'dist', 'bench', 'bench', ...path);
