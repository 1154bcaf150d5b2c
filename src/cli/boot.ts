/**
 * Loads one of the program's bundles, with V8's code cache if the build made one: without it, compiling
 * takes an agency as long as everything else that it does before it connects.
 */
import { isAscii } from 'node:buffer';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, wrap } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** CRC-32 of the bundle, and of the code behind the header. */
const HEADER_BYTES = 8;

type BundleFunction = (
  exports: unknown,
  require: NodeJS.Require,
  module: { exports: unknown },
  filename: string,
  directory: string,
) => void;

export interface Bundle {
  readonly path: string;
  readonly source: Buffer;
  readonly script: Script;
}

/** The file of a bundle's code cache. */
export function cachePath(bundlePath: string): string {
  return `${bundlePath}.cache`;
}

/** What stands in the file of a code cache. */
export function encodeCache(source: Buffer, code: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(crc32(source), 0);
  header.writeUInt32LE(crc32(code), 4);
  return Buffer.concat([header, code]);
}

/**
 * The code of a cache, if it is whole and belongs to the bundle: V8 looks at the length of the source only,
 * and a damaged cache can crash it. V8 itself refuses the code of another version.
 *
 * @returns undefined when there is none that can be used
 */
export function decodeCache(source: Buffer, file: Buffer): Buffer | undefined {
  if (file.length <= HEADER_BYTES) return undefined;
  const code = file.subarray(HEADER_BYTES);
  const isWhole = file.readUInt32LE(0) === crc32(source) && file.readUInt32LE(4) === crc32(code);
  return isWhole ? code : undefined;
}

/** Compiles a bundle. @param path of the bundle, absolute */
export function compileBundle(path: string, usesCache: boolean): Bundle {
  const source = readFileSync(path);
  const cachedData = usesCache ? readCache(path, source) : undefined;
  // The bundles that are started are ASCII, and as such decoded in a third of the time.
  const text = source.toString(isAscii(source) ? 'latin1' : 'utf8');
  const script = new Script(wrap(text), {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  return { path, source, script };
}

/** Runs a bundle as `require` would. @returns what it exports */
export function runBundle({ path, script }: Bundle): unknown {
  const module = { exports: {} };
  const run = script.runInThisContext() as BundleFunction;
  run(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}

/**
 * Loads a bundle.
 *
 * @returns what it exports
 * @throws an error of the file system when it is not there
 */
export function loadBundle(path: string): unknown {
  // Coverage counts functions that V8 compiles, not those that it finds compiled.
  const usesCache = process.env['NODE_V8_COVERAGE'] === undefined;
  return runBundle(compileBundle(realpathSync(path), usesCache));
}

function readCache(path: string, source: Buffer): Buffer | undefined {
  try {
    return decodeCache(source, readFileSync(cachePath(path)));
  } catch {
    // Without a cache it is only slower.
    return undefined;
  }
}
