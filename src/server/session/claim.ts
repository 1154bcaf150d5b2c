/**
 * An agency becomes this central's when the store has answered the claim that its handshake makes:
 * until then the session is `claiming`, and nothing more of the peer is looked at.
 */
import type { EffectSink } from './effects';
import { endBusy, refuse } from './end';
import type { Lottery } from './lottery';
import { attributeRejected, saveRejectsOf } from './rejects';
import { peerOf, type Agency, type Session } from './state';

/**
 * The store has answered.
 *
 * @param isOwned whether the agency is this central's now; otherwise the store cannot say
 */
export function answerClaim(
  lottery: Lottery,
  session: Session,
  isOwned: boolean,
  out: EffectSink,
): void {
  const { state } = session;
  if (state.phase !== 'claiming') return;
  if (isOwned) establish(lottery, session, out);
  else endBusy(lottery, session, 'the store cannot be asked now', out);
}

/** The agency is this central's: welcomes it. */
export function establish(lottery: Lottery, session: Session, out: EffectSink): void {
  const { state } = session;
  if (state.phase !== 'claiming') return;
  const { agency } = state;
  session.enter({ phase: 'established', agency });
  attributeRejected(lottery, session, agency);
  saveRejectsOf(lottery, agency, out);
  const { number, accepted, checksum } = agency;
  const stage = lottery.stageOf(agency);
  const { window } = lottery;
  out.push({
    kind: 'reply',
    to: session,
    reply: { kind: 'welcome', stored: accepted, checksum, window, stage },
  });
  const details = { agency: number, stored: accepted };
  const line = { level: 'INFO', action: 'introduce', result: 'success', details } as const;
  out.push({ kind: 'log', ...line, peer: peerOf(session), run: session.dialect.run });
}

/** Another central has claimed the agency, or the store cannot write now. */
type Loss = 'claimed' | 'unavailable';

/** The store has refused entries of these agencies: what was accepted is not stored, or nobody knows. */
export function loseAgencies(
  lottery: Lottery,
  refused: Iterable<number>,
  reason: Loss,
  sessions: () => Iterable<Session>,
  out: EffectSink,
): void {
  for (const number of refused) {
    const agency = lottery.agency(number);
    if (agency !== undefined) loseAgency(lottery, agency, reason, sessions, out);
  }
}

/** Ends the sessions of an agency that is not this central's any more. */
function loseAgency(
  lottery: Lottery,
  agency: Agency,
  reason: Loss,
  sessions: () => Iterable<Session>,
  out: EffectSink,
): void {
  for (const session of sessions()) {
    const { state } = session;
    if (state.phase !== 'established' || state.agency !== agency) continue;
    if (reason === 'unavailable') endBusy(lottery, session, 'the store cannot write now', out);
    else
      refuse(lottery, session, 'REPLACED', 'the agency introduced itself to another central', out);
  }
  lottery.lose(agency);
}

/** Agencies have finished at other centrals, durably. One that is this central's was claimed there meanwhile. */
export function finishElsewhere(
  lottery: Lottery,
  agencies: readonly number[],
  sessions: () => Iterable<Session>,
  out: EffectSink,
): void {
  for (const number of agencies) {
    const agency = lottery.agency(number);
    if (agency === undefined) continue;
    // Its commits would be refused.
    if (agency.isOwned) loseAgency(lottery, agency, 'claimed', sessions, out);
    lottery.finishElsewhere(agency, out);
  }
}
