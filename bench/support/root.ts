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

/** One of the programs in `bench/` as `npm run bench` builds it. */
export const benchProgram = (name: string): string => join(ROOT, 'dist', 'bench', name);
