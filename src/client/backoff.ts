import { LIMITS } from '../base/limits';

/**
 * How long to wait before another attempt: doubled each time up to a maximum, and spread out at
 * random, so that many agencies do not come back to a central all at once.
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
 * How long to wait when the central has asked for a pause: that long, within bounds, since a central
 * that is broken must make an agency neither spin nor sleep for ever.
 */
export function askedPauseMs(afterMs: number): number {
  return Math.min(Math.max(afterMs, LIMITS.backoffMsMin), LIMITS.retryAfterMsMax);
}
