/**
 * Agencies that never say which one they are: in the `tlv` dialect an agency is named in its bets
 * only, so that one without bets stays unnamed (docs/DIALECTS.md).
 */
import type { EffectSink } from './effects';
import type { Lottery } from './lottery';
import { refuse, takePlace, endBusy } from './end';
import type { Agency, Session } from './state';

/** An agency has no bets; which one it is follows when nobody else is left. */
export function declareNoBets(lottery: Lottery, session: Session, out: EffectSink): void {
  if (session.rejected > 0) {
    refuse(lottery, session, 'WRONG_TOTAL', 'bets of this connection were rejected', out);
    return;
  }
  // Nobody takes the place of such a session, so that there must not be any number of them.
  if (lottery.pending > 0 && lottery.unnamed.size >= lottery.expected) {
    endBusy(lottery, session, 'as many agencies without bets as there are agencies', out);
    return;
  }
  if (!takePlace(lottery, session, null, out)) return;
  session.enter({ phase: 'unnamed' });
  lottery.unnamed.add(session);
  finishUnnamed(lottery, out);
}

/** Whether anything was heard of an agency: also one whose bets were rejected is no empty one. */
function hasSaidSomething({ accepted, rejected, holder }: Agency): boolean {
  return accepted > 0 || rejected > 0 || holder !== null;
}

/**
 * The unnamed sessions are the agencies of which nothing was heard, as soon as those are no more
 * than they: then these have finished, without bets.
 */
export function finishUnnamed(lottery: Lottery, out: EffectSink): void {
  if (lottery.pending === 0 || lottery.pending > lottery.unnamed.size) return;
  const silent = lottery.loadingAgencies();
  if (silent.some((agency) => hasSaidSomething(agency))) return;
  for (const agency of silent) lottery.finish(agency, out);
}
