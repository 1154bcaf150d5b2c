/** Messages of the legacy dialects that nobody can read, or that never came whole. */
import { LIMITS } from '../../base/limits';
import { WHOLE_BATCH } from '../../protocol/codes';
import { NO_TOKEN, type Command } from '../../protocol/commands';
import type { PeerName } from '../log/line-limiter';
import type { EffectSink } from './effects';
import { demandAgency, demandRight, refuse } from './end';
import type { Lottery } from './lottery';
import { addRejected, addRejectedOf } from './rejects';
import { isNamed, peerOf, type Session } from './state';

/** Nobody knows how many there were. */
const UNTAKEN_BETS = 1;

/** Handles a message that leads to nothing but an answer, or not even that. */
export function handleUnreadable(
  lottery: Lottery,
  session: Session,
  command: Extract<Command, { kind: 'nothing' | 'untaken_bets' }>,
  out: EffectSink,
): void {
  if (command.kind === 'nothing') answerNothing(lottery, session, command, out);
  else noteUntakenBets(lottery, session, command.agency, out);
}

/** Answers a message without effect, or one that cannot be decoded, in its turn. */
function answerNothing(
  lottery: Lottery,
  session: Session,
  { problem, bets }: Extract<Command, { kind: 'nothing' }>,
  out: EffectSink,
): void {
  if (problem === null) {
    out.push({ kind: 'reply', to: session, reply: { kind: 'ack', upTo: 0 } });
    return;
  }
  rejectUnreadable(lottery, session, problem, bets, out);
  const reason = 'MALFORMED_ROW';
  const reply = { kind: 'reject', offset: 0, expected: 0, index: WHOLE_BATCH, reason } as const;
  out.push({ kind: 'reply', to: session, reply });
  if (exceedsRejects(session)) {
    refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'too many messages that make no sense', out);
  }
}

/**
 * A message with bets was not taken. What ends its session for that, if anything, answers it. Its agency is not
 * claimed for it: it may have gone on at another central, which would lose it.
 */
function noteUntakenBets(
  lottery: Lottery,
  session: Session,
  number: number | null,
  out: EffectSink,
): void {
  const problem = 'a message that was too long, or of which the rest did not come';
  if (isNamed(session.state) || number === null) {
    rejectUnreadable(lottery, session, problem, UNTAKEN_BETS, out);
    return;
  }
  if (!demandRight(lottery, session, number, NO_TOKEN, out)) return;
  const agency = demandAgency(lottery, session, number, out);
  if (agency === null) return;
  addRejectedOf(lottery, session, agency, UNTAKEN_BETS, out);
  const { address } = session.peer;
  logUnreadable({ address, agency: number }, problem, UNTAKEN_BETS, out);
}

function rejectUnreadable(
  lottery: Lottery,
  session: Session,
  problem: string,
  bets: number,
  out: EffectSink,
): void {
  addRejected(lottery, session, bets, out);
  logUnreadable(peerOf(session), problem, bets, out);
}

function logUnreadable(peer: PeerName, problem: string, bets: number, out: EffectSink): void {
  const details = {
    code: 'MALFORMED_ROW',
    reason: problem,
    ...(peer.agency === null ? {} : { agency: peer.agency }),
    ip: peer.address,
    ...(bets > 0 ? { cantidad: bets } : {}),
  };
  const action = 'apuesta_recibida';
  out.push({ kind: 'log', level: 'ERROR', action, result: 'fail', details, peer });
}

/** Whether an unauthenticated peer has sent too many rejected messages, each of which is a log line. */
function exceedsRejects(session: Session): boolean {
  if (session.state.phase === 'established') return false;
  return ++session.refusedBefore > LIMITS.unauthenticatedRejectsMax;
}
