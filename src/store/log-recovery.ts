/** The log line that says what a store holds when it is opened. */
import type { LogDetails, Logger } from '../base/log/log';
import { isDrawn, type LotteryState } from './state';

/**
 * @param directory where the bets are: a directory, or servers and database
 * @param details what an engine adds about its own recovery
 */
export function logRecovery(
  logger: Logger,
  directory: string,
  state: Readonly<LotteryState>,
  details: LogDetails = {},
): void {
  let bets = 0;
  let finished = 0;
  for (const totals of state.agencies.values()) {
    bets += totals.stored;
    finished += Number(totals.finished);
  }
  logger.info('recover', 'success', {
    directory,
    bets,
    agencies_finished: finished,
    drawn: isDrawn(state) ? 'yes' : 'no',
    ...details,
  });
}
