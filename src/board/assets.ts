/** The files of the page, read and compressed once. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemErrorCode } from '../base/errors';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  /** Whether its name changes with its content. */
  readonly isImmutable: boolean;
}

/**
 * @param directory where the build has put the page
 * @returns the files by their path on the server, where `/` is the page itself; none: it is not built
 * @throws errors of the file system, other than that there is no such directory
 */
export function readAssets(directory: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of namesIn(directory)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(readFileSync(join(directory, name)));
    const path = name === 'index.html' ? '/' : `/${name.replaceAll('\\', '/')}`;
    const isImmutable = path.startsWith('/assets/');
    assets.set(path, { type, bytes, gzipped: new Uint8Array(gzipSync(bytes)), isImmutable });
  }
  return assets;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
