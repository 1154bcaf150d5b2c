/** The draw: its number by the terms that the lottery was begun with, and the winners of it. */
import type { Clock } from '../../base/clock';
import { whenThere, type Eventual } from '../../base/eventual';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { drawnNumber } from '../../domain/drawn-number';
import { digestOf } from '../../store/acta';
import type { Winners, BetStore } from '../../store/bet-store';
import type { DrawRecord, StoreEntry } from '../../store/state';
import { saltOf } from '../../store/terms';
import type { EffectSink } from '../session/effects';
import type { Lottery } from '../session/lottery';
import { announceDigest, announceDraw } from '../session/winners';

/** A draw that was made; its winners are durable, its record is not yet. */
export interface DrawMade {
  readonly kind: 'made';
  readonly draw: DrawRecord;
  readonly winners: Winners;
  /** To be durable together: the draw, and what its number follows from. */
  readonly entries: readonly StoreEntry[];
}

/** There is no draw yet: an input of its number is missing. */
export interface SaltAwaited {
  readonly kind: 'awaited';
  /** What will publish it. */
  readonly source: string;
  /** Of all bets. Published, it proves later that no bet was changed since. */
  readonly digest: string;
  /** To be durable before the digest is published. */
  readonly entries: readonly StoreEntry[];
}

export type DrawOutcome = DrawMade | SaltAwaited;

/**
 * The caller makes the draw itself durable. If it fails, the next start draws again, from the same bets
 * and with the same winners.
 *
 * @param createId returns 16 hexadecimal digits, unique to a draw
 * @throws LoteriaError STORE_DAMAGED, also for other bets than those whose digest was published; STORE_IO
 */
export function makeDraw(
  store: Pick<BetStore, 'state' | 'digest' | 'findWinners'>,
  clock: Pick<Clock, 'wallTimeMs'>,
  createId: () => string,
): Eventual<DrawOutcome> {
  return whenThere(findNumber(store), (found) => {
    if (found.kind === 'awaited') return found;
    const { winningNumber, entries } = found;
    return whenThere(store.findWinners(winningNumber), (drawn) => {
      const { winners, digest } = drawn;
      const draw = { id: createId(), timeMs: clock.wallTimeMs(), winningNumber, winners, digest };
      return {
        ...{ kind: 'made', draw, winners: drawn },
        entries: [...entries, { kind: 'draw', draw }],
      };
    });
  });
}

/** Makes the outcome durable; then a draw is announced, and a digest published. */
export function announceOutcome(lottery: Lottery, outcome: DrawOutcome, out: EffectSink): void {
  if (outcome.kind === 'made') announceDraw(lottery, outcome.entries, outcome.winners, out);
  else announceDigest(outcome.entries, outcome.source, outcome.digest, out);
}

/** The number, and what is to be recorded with its draw. */
interface FoundNumber extends Pick<DrawMade, 'entries'> {
  readonly kind: 'found';
  readonly winningNumber: number;
}

/** A number that is random follows from all bets, so that they are read, checked and hashed before. */
function findNumber(
  store: Pick<BetStore, 'state' | 'digest'>,
): Eventual<FoundNumber | SaltAwaited> {
  const { terms: agreed, salt: recorded, betsDigest, draw } = store.state;
  // Another central has drawn; of two draws the first one is recorded.
  if (draw !== null) return fixed(draw.winningNumber);
  const terms = agreed?.winningNumber ?? null;
  if (terms === null) return fixed(LOTTERY_WINNER_NUMBER);
  if (terms.kind === 'fixed') return fixed(terms.number);
  return whenThere(store.digest(), ({ blocks }) => {
    const digest = digestOf(blocks.hashes);
    const entries: StoreEntry[] = betsDigest === null ? [{ kind: 'bets_digest', digest }] : [];
    const salt = saltOf(terms, recorded);
    if (salt.kind === 'awaited') return { ...salt, digest, entries };
    const winningNumber = drawnNumber(terms.seed, digest, salt.value);
    return { kind: 'found', winningNumber, entries };
  });
}

function fixed(winningNumber: number): FoundNumber {
  return { kind: 'found', winningNumber, entries: [] };
}
