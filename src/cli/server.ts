/** `loteria server` as a bundle of its own, like that of the client. */
import { runServer } from '../server/main';
import { configOnly } from './config-only';
import { exitWith } from './exit';

/**
 * Runs the central.
 *
 * @param args what follows `server` on the command line
 * @returns false, and nothing was done: the arguments are for the command with all options
 */
export function start(args: readonly string[]): boolean {
  const options = configOnly(args);
  if (options === null) return false;
  exitWith(runServer(options));
  return true;
}
