/** Pieces of the program for tests that need a Node of their own. */
import { buildSync } from 'esbuild';
import { ROOT } from './program';

/**
 * @param script JavaScript that may require modules of the project as `./src/...`
 * @returns the same with these modules in it, for `node -e`
 */
export function bundled(script: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: script, resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles.map(({ text }) => text).join('');
}
