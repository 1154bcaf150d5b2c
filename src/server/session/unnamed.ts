/**
 * Unnamed agencies: the `tlv` dialect names an agency in its bets only, so one without bets has no name
 * (docs/DIALECTS.md).
 */
import type { EffectSink } from './effects';
import type { Lottery } from './lottery';
import { refuse, takePlace, endBusy } from './end';
import type { Agency, Session } from './state';

/** An agency has no bets; its number follows when only unnamed agencies are left. */
export function declareNoBets(lottery: Lottery, session: Session, out: EffectSink): void {
  if (session.rejected > 0) {
    refuse(lottery, session, 'WRONG_TOTAL', 'bets of this connection were rejected', out);
    return;
  }
  // Such a session is never evicted, so their number must be bounded.
  if (lottery.pending > 0 && lottery.unnamed.size >= lottery.expected) {
    endBusy(lottery, session, 'as many agencies without bets as there are agencies', out);
    return;
  }
  if (!takePlace(lottery, session, null, out)) return;
  session.enter({ phase: 'unnamed' });
  lottery.unnamed.add(session);
  finishUnnamed(lottery, out);
}

/** Whether an agency has sent anything, rejected bets included, or is connected. */
function hasSaidSomething({ accepted, rejected, holder }: Agency): boolean {
  return accepted > 0 || rejected > 0 || holder !== null;
}

/**
 * Finishes the agencies that have sent nothing, without bets, once there are at least as many unnamed
 * sessions as loading agencies.
 */
export function finishUnnamed(lottery: Lottery, out: EffectSink): void {
  if (lottery.pending === 0 || lottery.pending > lottery.unnamed.size) return;
  const silent = lottery.loadingAgencies();
  if (silent.some((agency) => hasSaidSomething(agency))) return;
  for (const agency of silent) lottery.finish(agency, out);
}
