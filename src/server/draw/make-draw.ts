/** The draw: its number by the terms that the lottery was begun with, and the winners of it. */
import type { Clock } from '../../base/clock';
import { whenThere, type Eventual } from '../../base/eventual';
import type { Logger } from '../../base/log/log';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { drawnNumber } from '../../domain/drawn-number';
import { digestOf } from '../../store/acta';
import type { Winners, BetStore } from '../../store/bet-store';
import type { DrawRecord } from '../../store/state';
import { saltOf } from '../../store/terms';

/** The result of a draw; its winners are durable, its record is not yet. */
export interface DrawOutcome {
  readonly draw: DrawRecord;
  readonly winners: Winners;
}

/**
 * The caller makes the draw itself durable. If it fails, the next start draws again, from the same bets
 * and with the same winners.
 *
 * @param createId returns 16 hexadecimal digits, unique to a draw
 * @returns null when an input of the number is missing: there is no draw yet
 * @throws LoteriaError STORE_DAMAGED, STORE_IO
 */
export function makeDraw(
  store: Pick<BetStore, 'state' | 'digest' | 'findWinners'>,
  clock: Pick<Clock, 'wallTimeMs'>,
  logger: Pick<Logger, 'info' | 'flush'>,
  createId: () => string,
): Eventual<DrawOutcome | null> {
  return whenThere(findNumber(store, logger), (winningNumber) => {
    if (winningNumber === null) return null;
    return whenThere(store.findWinners(winningNumber), (found) => {
      const { winners, digest } = found;
      const id = createId();
      const draw = { id, timeMs: clock.wallTimeMs(), winningNumber, winners, digest };
      return { draw, winners: found };
    });
  });
}

/**
 * A number that is random follows from all bets, so that they are read, checked and hashed before.
 *
 * @returns null when it follows from a salt that is not recorded yet
 */
function findNumber(
  store: Pick<BetStore, 'state' | 'digest'>,
  logger: Pick<Logger, 'info' | 'flush'>,
): Eventual<number | null> {
  const { terms: agreed, salt: recorded } = store.state;
  const terms = agreed?.winningNumber ?? null;
  if (terms === null) return LOTTERY_WINNER_NUMBER;
  if (terms.kind === 'fixed') return terms.number;
  return whenThere(store.digest(), ({ blocks }) => {
    const digest = digestOf(blocks.hashes);
    const salt = saltOf(terms, recorded);
    if (salt.kind === 'known') return drawnNumber(terms.seed, digest, salt.value);
    // A published digest proves later that no bet was changed since.
    logger.info('draw_salt', 'in_progress', { source: salt.source, digest });
    logger.flush();
    return null;
  });
}
