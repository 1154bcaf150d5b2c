/** Questions for winners: held until the draw, answered after it. */
import { LIMITS } from '../base/limits';
import type { Winners } from '../domain/winners';
import type { Reply } from '../protocol/commands';
import type { DrawRecord } from '../store/state';
import type { EffectSink } from './effects';
import type { Lottery } from './lottery';
import { refuse } from './session-end';
import type { Agency, Session } from './session-state';

/** The winners are found: makes the draw durable, then answers whoever waits. */
export function announceDraw(
  lottery: Lottery,
  draw: DrawRecord,
  winners: Winners,
  out: EffectSink,
): void {
  lottery.completeDraw(winners);
  out.push({ kind: 'store', entry: { kind: 'draw', draw } });
  out.push({ kind: 'log', level: 'INFO', action: 'sorteo', result: 'success' });
  for (const session of lottery.waiting) {
    const { state, held } = session;
    session.held = null;
    if (state.phase === 'introduced' && held !== null) {
      replyWinners(lottery, session, state.agency, held.first, out);
    }
  }
  lottery.waiting.clear();
}

/** Lets those that wait for the draw know that the central is alive. */
export function giveSignsOfLife(lottery: Lottery, nowMs: number, out: EffectSink): void {
  for (const session of lottery.waiting) {
    const { held } = session;
    if (held === null || nowMs - held.lastSignMs < LIMITS.heldQuerySignMs) continue;
    held.lastSignMs = nowMs;
    out.push({ kind: 'reply', to: session, reply: notYet(lottery, 0) });
  }
}

/** Sends the page of winners that the session asked for. */
function replyWinners(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  first: number,
  out: EffectSink,
): void {
  const total = lottery.winnersOf(agency.number);
  const documents = lottery.winnersPage(agency, first, session.winnersPageBytesMax);
  const reply: Reply = { kind: 'winners', total, first: Math.min(first, total), documents };
  out.push({ kind: 'reply', to: session, reply });
}

/** Answers a question for winners, or keeps it until the draw. */
export function askWinners(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  { first, wait }: { readonly first: number; readonly wait: boolean },
  nowMs: number,
  out: EffectSink,
): void {
  const stage = lottery.stageOf(agency);
  if (stage === 'drawn') replyWinners(lottery, session, agency, first, out);
  else if (stage === 'loading') {
    refuse(lottery, session, 'NOT_FINISHED', 'winners are for agencies that have finished', out);
  } else if (session.held !== null) {
    refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'a question for winners is open', out);
  } else if (wait) {
    session.held = { first, lastSignMs: nowMs };
    lottery.waiting.add(session);
    out.push({ kind: 'reply', to: session, reply: notYet(lottery, 0) });
  } else {
    out.push({ kind: 'reply', to: session, reply: notYet(lottery, LIMITS.notYetRetryMs) });
  }
}

/** How many agencies are still missing, and when to ask again. */
function notYet(lottery: Lottery, retryAfterMs: number): Reply {
  return { kind: 'not_yet', pending: lottery.pending, retryAfterMs };
}
