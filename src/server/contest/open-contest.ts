/** Wires the 2020 edition into the central: its session, its stored contestants. */
import { whenThere, type Eventual } from '../../base/eventual';
import type { Logger } from '../../base/log/log';
import type { BetStore } from '../../store/bet-store';
import type { CentralOptions } from '../turn/central-options';
import { Contest } from './contest';
import { handleContestCommand, welcomeToContest } from './session';

/** The parts of a central that the edition replaces. */
export type ContestParts = Pick<CentralOptions, 'handle' | 'welcome'>;

/**
 * Loads the stored contestants.
 *
 * @returns null for the lottery, which replaces nothing
 * @throws LoteriaError STORE_IO, STORE_DAMAGED
 */
export function openContest(
  store: Pick<BetStore, 'state' | 'recall'>,
  logger: Logger,
): Eventual<ContestParts | null> {
  if (store.state.edition === 'lottery') return null;
  const contest = new Contest();
  const recalled = store.recall((block) => {
    contest.recall(block);
  });
  return whenThere(recalled, () => {
    logger.info('recover_winners', 'success', { ganadores: contest.total });
    return {
      handle: (lottery, session, received, nowMs, out) => {
        handleContestCommand(contest, lottery, session, received, nowMs, out);
      },
      welcome: (session, out) => {
        welcomeToContest(contest, session, out);
      },
    };
  });
}
