/** Questions for winners: held until the draw, answered after it. */
import { LIMITS } from '../../base/limits';
import {
  NO_TOKEN,
  type AgencyWinners,
  type AskWinnersCommand,
  type Reply,
} from '../../protocol/commands';
import type { Winners } from '../../store/bet-store';
import type { StoreEntry } from '../../store/state';
import type { EffectSink } from './effects';
import { demandAgency, demandRight, refuse } from './end';
import type { Lottery } from './lottery';
import { isNamed, peerOf, type Agency, type HeldQuery, type Session } from './state';

const NOBODYS_WINNERS: AgencyWinners = { total: 0, digits: 0, page: () => [] };

/**
 * Makes the draw durable, then answers the held queries.
 *
 * @param entries what is recorded of the draw
 */
export function announceDraw(
  lottery: Lottery,
  entries: readonly StoreEntry[],
  winners: Winners,
  out: EffectSink,
): void {
  for (const entry of entries) out.push({ kind: 'store', entry });
  out.push({ kind: 'log', level: 'INFO', action: 'sorteo', result: 'success' });
  lottery.completeDraw(winners, out);
  for (const session of lottery.waiting) {
    const { held } = session;
    session.held = null;
    if (held !== null) replyWinners(lottery, session, held.agency, held.first, out);
  }
  lottery.waiting.clear();
  out.push({ kind: 'drawn' });
}

/**
 * Publishes the digest of all bets, once it is durable: the draw waits for a salt.
 *
 * @param entries what is recorded of it
 */
export function announceDigest(
  entries: readonly StoreEntry[],
  source: string,
  digest: string,
  out: EffectSink,
): void {
  for (const entry of entries) out.push({ kind: 'store', entry });
  const details = { source, digest };
  out.push({ kind: 'log', level: 'INFO', action: 'draw_salt', result: 'in_progress', details });
}

/** Lets those that wait for the draw know that the central is alive. */
export function sendHeartbeats(lottery: Lottery, nowMs: number, out: EffectSink): void {
  for (const session of lottery.waiting) {
    const { held } = session;
    if (held === null || nowMs - held.lastHeartbeatMs < LIMITS.heldQueryHeartbeatMs) continue;
    held.lastHeartbeatMs = nowMs;
    out.push({ kind: 'reply', to: session, reply: notYet(lottery, 0) });
  }
}

/** Sends the page of winners that the session asked for; an unnamed agency has none. */
function replyWinners(
  lottery: Lottery,
  session: Session,
  agency: Agency | null,
  first: number,
  out: EffectSink,
): void {
  const { winnersPageBytesMax } = session.dialect;
  // Whosever winners these are: the peer's own agency must still be this central's.
  const dependsOn = isNamed(session.state) ? session.state.agency.number : undefined;
  const winners = agency === null ? NOBODYS_WINNERS : lottery.allWinnersOf(agency);
  if (winnersPageBytesMax === Infinity) {
    out.push({ kind: 'all_winners', to: session, winners, dependsOn });
  } else out.push({ kind: 'winners_page', to: session, winners, first, dependsOn });
}

/** Answers a question for winners, or keeps it until the draw. */
export function askWinners(
  lottery: Lottery,
  session: Session,
  asking: Agency,
  { first, wait, early = false, agency: number = asking.number }: AskWinnersCommand,
  nowMs: number,
  out: EffectSink,
): void {
  if (number !== asking.number) {
    const details = { agency: asking.number, asked: number };
    const action = 'consulta_ganadores';
    const peer = peerOf(session);
    out.push({ kind: 'log', level: 'WARNING', action, result: 'in_progress', details, peer });
    // A peer authenticated as one agency is not authenticated as another; the query carries no token.
    if (!demandRight(lottery, session, number, NO_TOKEN, out)) return;
  }
  const agency = demandAgency(lottery, session, number, out);
  if (agency === null) return;
  const stage = lottery.stageOf(asking);
  if (stage === 'drawn') replyWinners(lottery, session, agency, first, out);
  else if (stage === 'loading' && (!early || agency.endRefused)) {
    refuse(lottery, session, 'NOT_FINISHED', 'winners are for agencies that have finished', out);
  } else if (wait || isDrawUnderWay(lottery, early)) {
    hold(lottery, session, { agency, first, lastHeartbeatMs: nowMs }, out);
  } else if (session.held !== null) refuseSecondQuestion(lottery, session, out);
  else out.push({ kind: 'reply', to: session, reply: notYet(lottery, LIMITS.notYetRetryMs) });
}

/**
 * Whether to hold an early query: while agencies are missing, it gets NOT_YET. When none is, the draw takes
 * moments, and NOT_YET would delay the last agency by seconds.
 */
function isDrawUnderWay(lottery: Lottery, early: boolean): boolean {
  return early && lottery.pending === 0;
}

/** The same for an unnamed agency without bets. */
export function askNobodysWinners(
  lottery: Lottery,
  session: Session,
  nowMs: number,
  out: EffectSink,
): void {
  if (lottery.phase === 'drawn') replyWinners(lottery, session, null, 0, out);
  else hold(lottery, session, { agency: null, first: 0, lastHeartbeatMs: nowMs }, out);
}

function hold(lottery: Lottery, session: Session, query: HeldQuery, out: EffectSink): void {
  if (session.held !== null) {
    refuseSecondQuestion(lottery, session, out);
    return;
  }
  session.held = query;
  lottery.waiting.add(session);
  out.push({ kind: 'reply', to: session, reply: notYet(lottery, 0) });
}

function refuseSecondQuestion(lottery: Lottery, session: Session, out: EffectSink): void {
  refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'a question for winners is open', out);
}

/** NOT_YET: the number of missing agencies, and when to ask again. */
function notYet(lottery: Lottery, retryAfterMs: number): Reply {
  return { kind: 'not_yet', pending: lottery.pending, retryAfterMs };
}
