/** How one starts the program again: what stands in a command that people copy. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';

export interface Start {
  /** The file that Node was started with; undefined: none. */
  readonly script: string | undefined;
  /** Where the command will be given; null: it may be given anywhere. */
  readonly cwd: string | null;
  /** `PATH` of the environment. */
  readonly path: string;
}

const NAME = 'loteria';

/** What this process was started with: `bin/loteria` itself, or a link to it; undefined: something else. */
export function startedScript(script: string | undefined = process.argv[1]): string | undefined {
  return script !== undefined && basename(script) === NAME ? script : undefined;
}

/**
 * `loteria` as it was started: by its name where that is found, else by its path. A part of another program
 * does not know: it takes the name.
 */
export function programCommand(start: Start = ownStart()): string {
  const { cwd, path } = start;
  const script = startedScript(start.script);
  if (script === undefined) return NAME;
  const directory = dirname(script);
  // npx puts this folder in front of PATH for itself only.
  if (directory.endsWith(join(sep, 'node_modules', '.bin'))) return `npx ${NAME}`;
  if (isFoundByName(script, path, cwd)) return NAME;
  return cwd !== null && script === join(cwd, 'bin', NAME) ? `./bin/${NAME}` : shellWord(script);
}

/** Whether a shell that is given the name runs this script, and no other program of that name. */
function isFoundByName(script: string, path: string, cwd: string | null): boolean {
  // Where a relative folder is, depends on where the command is given; an empty one is relative too.
  const folders = path.split(':').filter((folder) => cwd !== null || isAbsolute(folder));
  const found = folders.map((folder) => resolve(cwd ?? sep, folder, NAME)).find(isExecutable);
  return found !== undefined && isSameFile(found, script);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** Of this process. */
export function ownStart(): Start {
  return { script: process.argv[1], cwd: ownDirectory(), path: process.env['PATH'] ?? '' };
}

/** @returns null: it was removed */
function ownDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
