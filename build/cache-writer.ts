/** `node cache-writer.js BUNDLE`: runs the program of a bundle, and keeps the code that V8 has compiled. */
import { renameSync, writeFileSync } from 'node:fs';
import { cachePath, compileBundle, encodeCache, runBundle } from '../src/cli/boot';

const [, , path = ''] = process.argv;
const bundle = compileBundle(path, false);
process.once('exit', (code) => {
  if (code !== 0) return;
  const written = `${cachePath(path)}.new`;
  writeFileSync(written, encodeCache(bundle.source, bundle.script.createCachedData()));
  renameSync(written, cachePath(path));
});
(runBundle(bundle) as { start(args: readonly string[]): boolean }).start([]);
