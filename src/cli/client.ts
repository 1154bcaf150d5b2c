/**
 * `loteria client` as a bundle of its own, without the other commands and the parser of their options: an
 * agency starts in two thirds of the time.
 */
import { runClient } from '../client/main';
import { configOnly } from './config-only';
import { exitWith } from './exit';

/**
 * Runs an agency.
 *
 * @param args what follows `client` on the command line
 * @returns false, and nothing was done: the arguments are for the command with all options
 */
export function start(args: readonly string[]): boolean {
  const options = configOnly(args);
  if (options === null) return false;
  exitWith(runClient(options));
  return true;
}
