/** How one starts the program again: what stands in a command that people copy. */
import { basename, dirname, join, sep } from 'node:path';

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
  if (path.split(':').includes(directory)) return NAME;
  return cwd !== null && script === join(cwd, 'bin', NAME) ? `./bin/${NAME}` : shellWord(script);
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
