/** How a session ends: refused, over, or gone. */
import { LIMITS } from '../../base/limits';
import type { WireErrorCode } from '../../protocol/codes';
import type { Reply } from '../../protocol/commands';
import type { EffectSink } from './effects';
import type { Lottery } from './lottery';
import { attributeRejected } from './rejects';
import { isNamed, peerOf, type Agency, type Session, type SessionState } from './state';

const BUSY: Reply = { kind: 'busy', retryAfterMs: LIMITS.busyRetryMs };
const ENDED: SessionState = { phase: 'ended' };

/** Sends the error, and ends the session. */
export function refuse(
  lottery: Lottery,
  session: Session,
  code: WireErrorCode,
  text: string,
  out: EffectSink,
): void {
  if (session.state.phase === 'ended') return;
  const peer = peerOf(session);
  const details = { code, reason: text, ...whose(session) };
  out.push({ kind: 'log', level: 'WARNING', action: 'session', result: 'fail', details, peer });
  out.push({ kind: 'reply', to: session, reply: { kind: 'error', code, text } });
  endSession(lottery, session, out);
}

/**
 * Demands the right to act as an agency. To be called before anything else: an unauthorised peer learns nothing
 * about the agency and replaces no session.
 *
 * @returns false: the peer has not got it, and the session is over
 */
export function demandRight(
  lottery: Lottery,
  session: Session,
  number: number,
  token: Buffer,
  out: EffectSink,
): boolean {
  if (lottery.identity.mayBe(number, token, session.peer.certifiedAgency)) return true;
  refuseUnauthorised(lottery, session, number, out);
  return false;
}

/** @returns null: the agency does not take part, and the session is over */
export function demandAgency(
  lottery: Lottery,
  session: Session,
  number: number,
  out: EffectSink,
): Agency | null {
  const agency = lottery.agency(number);
  if (agency !== undefined) return agency;
  refuse(lottery, session, 'UNKNOWN_AGENCY', `agency ${String(number)} is not expected`, out);
  return null;
}

/** Ends the session of a peer without the right to an agency: the same words whether it exists. */
function refuseUnauthorised(
  lottery: Lottery,
  session: Session,
  number: number,
  out: EffectSink,
): void {
  const code = 'NOT_AUTHORISED';
  const details = { code, agency: number, ip: session.peer.address };
  const peer = peerOf(session);
  out.push({ kind: 'log', level: 'WARNING', action: 'introduce', result: 'fail', details, peer });
  const text = `the right secret or certificate for agency ${String(number)} is missing`;
  out.push({ kind: 'reply', to: session, reply: { kind: 'error', code, text } });
  endSession(lottery, session, out);
}

/** Ends the session of a peer without a place, with BUSY. */
export function endBusy(lottery: Lottery, session: Session, reason: string, out: EffectSink): void {
  if (session.state.phase === 'ended') return;
  const peer = peerOf(session);
  const details = { code: 'BUSY', reason, ...whose(session) };
  out.push({ kind: 'log', level: 'WARNING', action: 'session', result: 'fail', details, peer });
  out.push({ kind: 'reply', to: session, reply: BUSY });
  endSession(lottery, session, out);
}

/**
 * Claims a place for an agency; another peer may be evicted.
 *
 * @returns false: there is none, the peer was sent BUSY, and the session is over
 */
export function takePlace(
  lottery: Lottery,
  session: Session,
  agency: Agency | null,
  out: EffectSink,
): boolean {
  const claim = session.claimPlace(agency);
  if (claim.kind === 'refused') {
    out.push({ kind: 'reply', to: session, reply: BUSY });
    endSession(lottery, session, out);
    return false;
  }
  // The previous connection of the same agency gets REPLACED instead.
  if (claim.evicted !== null && claim.evicted !== agency?.holder) {
    endBusy(lottery, claim.evicted, 'another agency needs its place', out);
  }
  return true;
}

/** Ends a session once all its replies have left. */
export function endSession(lottery: Lottery, session: Session, out: EffectSink): void {
  leave(lottery, session);
  out.push({ kind: 'close', session });
}

/** The connection is gone, or about to go: the agency may come back on another. */
export function leave(lottery: Lottery, session: Session): void {
  const { state } = session;
  if (state.phase === 'established') attributeRejected(lottery, session, state.agency);
  else lottery.unattributed.close(session);
  if (isNamed(state) && state.agency.holder === session) state.agency.holder = null;
  session.enter(ENDED);
  session.held = null;
  lottery.waiting.delete(session);
  lottery.unnamed.delete(session);
}

/** The agency, once it is known, and the address, for the log. */
function whose({ state, peer }: Session): { readonly agency?: number; readonly ip: string } {
  return { ...(isNamed(state) ? { agency: state.agency.number } : {}), ip: peer.address };
}
