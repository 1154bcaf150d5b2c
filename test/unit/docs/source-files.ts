/** The files of src/. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/program';

/** Paths of all TypeScript files under src/. */
export function sourceFiles(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, 'src', name));
}
