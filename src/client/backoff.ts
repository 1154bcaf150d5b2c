import { LIMITS } from '../base/limits';
import type { RoundPause } from './attempts';

/**
 * The pause before another attempt: doubled each time up to a maximum, with a random part, so that many
 * agencies do not reconnect at the same time.
 *
 * @param attempt failed attempts so far, from 1
 * @param random a number from 0 up to 1
 */
export function backoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(
    LIMITS.backoffMsMax,
    LIMITS.backoffMsMin * 2 ** Math.min(attempt - 1, 30),
  );
  return ceilingMs * (0.5 + random / 2);
}

/**
 * The pause that the central has requested, within bounds: a broken central must make an agency neither
 * spin nor sleep forever.
 */
export function askedPauseMs(afterMs: number): number {
  return Math.min(Math.max(afterMs, LIMITS.backoffMsMin), LIMITS.retryAfterMsMax);
}

/**
 * The pause before the next attempt.
 *
 * @param pause null: the next central is tried at once
 * @param random gives a number from 0 up to 1
 */
export function pauseMs(pause: RoundPause | null, random: () => number): number {
  if (pause === null) return 0;
  const { round, askedMs } = pause;
  return Math.round(askedMs === undefined ? backoffMs(round, random()) : askedPauseMs(askedMs));
}
