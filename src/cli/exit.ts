/** How each command ends. */
import { LoteriaError, messageOf } from '../base/errors';
import { exitCodeOf } from '../base/process';

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
