/** How the bundles `client` and `server` begin, and how each command ends. */
import { LoteriaError, messageOf } from '../base/errors';
import { exitCodeOf } from '../base/process';

interface ConfigOnly {
  readonly config?: string;
}

/**
 * The command lines with which programs are started by the thousand: no argument, or a configuration
 * file. All others, help and mistakes among them, are for the parser of the whole command.
 *
 * @returns null for all others
 */
export function configOnly(args: readonly string[]): ConfigOnly | null {
  const [option, config, ...others] = args;
  if (option === undefined) return {};
  if (option !== '--config' || config === undefined || others.length > 0) return null;
  return config.startsWith('-') ? null : { config };
}

/**
 * What `bin/loteria` calls in a bundle: it gets what follows the name of the program on the command line,
 * and returns false, with nothing done, when the arguments are for the command with all options.
 *
 * @param run the program, which returns its exit code
 */
export function starter(
  run: (options: ConfigOnly) => Promise<number>,
): (args: readonly string[]) => boolean {
  return (args) => {
    const options = configOnly(args);
    if (options === null) return false;
    exitWith(run(options));
    return true;
  };
}

/** Ends the process when the work is done. @param work the exit code; undefined: `process.exitCode` */
export function exitWith(work: Promise<unknown>): void {
  work.then(
    (code) => process.exit(typeof code === 'number' ? code : process.exitCode),
    (error: unknown) => {
      const code = error instanceof LoteriaError ? `${error.code}: ` : '';
      process.stderr.write(`loteria: ${code}${messageOf(error)}\n`);
      process.exit(exitCodeOf(error));
    },
  );
}
