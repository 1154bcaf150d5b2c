/** Directories of the real file system for tests of the store, removed whatever happens. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const made: string[] = [];

export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-store-'));
  made.push(directory);
  return directory;
}

/** To be called after each test. */
export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** The files of a directory as a simulated disk has them: in /data. */
export function contentsOf(directory: string): Map<string, Buffer> {
  const entries = readdirSync(directory, { withFileTypes: true });
  // The lock of a killed central is a socket.
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return new Map(names.map((name) => [`/data/${name}`, readFileSync(join(directory, name))]));
}

/** A directory with files of a simulated disk. */
export function directoryHolding(contents: ReadonlyMap<string, Buffer>): string {
  const directory = makeDirectory();
  for (const [path, bytes] of contents) writeFileSync(join(directory, basename(path)), bytes);
  return directory;
}
