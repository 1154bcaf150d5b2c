/** Bets that an agency sends: stored, known already, or rejected. */
import { crc32 } from 'node:zlib';
import { combineCrc32 } from '../../domain/crc32-combine';
import { documentAndNumber } from '../../domain/row';
import type { RowsVerdict, ParsedRows } from '../../domain/row-check';
import { WHOLE_BATCH, type RejectReason } from '../../protocol/codes';
import type { BetsCommand, Reply } from '../../protocol/commands';
import type { EffectSink } from './effects';
import { refuse } from './end';
import type { Lottery } from './lottery';
import { noteAccepted, noteRejected } from './rejects';
import { peerOf, type Agency, type Session } from './state';

/**
 * Answers one message of bets.
 *
 * @param judgeKnown why bets that are known already are rejected, if they are
 */
export function receiveBets(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  bets: BetsCommand,
  parsed: ParsedRows,
  out: EffectSink,
  judgeKnown: () => RejectReason | null = () => null,
): void {
  if (session.unanswered >= lottery.window) {
    const text = `more than ${String(lottery.window)} batches unanswered`;
    refuse(lottery, session, 'WINDOW_EXCEEDED', text, out);
    return;
  }
  session.unanswered++;
  const problem = findProblem(lottery, agency, bets, parsed, judgeKnown);
  if (problem !== null) {
    noteRejected(lottery, session, agency, bets, problem.reason, out);
    rejectBets(session, agency, bets, problem, out);
    return;
  }
  if (isKnown(agency, bets)) {
    const details = { agency: agency.number, cantidad: bets.count };
    out.push({ kind: 'log', level: 'DEBUG', action: 'batch_known', result: 'success', details });
  } else {
    accept(agency, bets, parsed, out);
    noteAccepted(session, agency, bets);
  }
  const reply: Reply = { kind: 'ack', upTo: acknowledge(session, agency, bets) };
  const dependsOn = agency.number;
  out.push({ kind: 'reply', to: session, reply, answersBets: true, dependsOn });
}

/** Whether all these bets were accepted before. */
function isKnown(agency: Agency, { offset, count }: BetsCommand): boolean {
  return offset !== null && offset + count <= agency.accepted;
}

/**
 * The offset of an ACK: the end of the batch that it answers, even of a known batch with others after it. So
 * an agency that counts unanswered batches by the offset of the last ACK and one that counts ACKs agree.
 */
function acknowledge(session: Session, agency: Agency, { offset, count }: BetsCommand): number {
  const end = offset === null ? agency.accepted : offset + count;
  session.acknowledged = Math.max(session.acknowledged, end);
  return session.acknowledged;
}

interface BatchProblem {
  readonly reason: RejectReason;
  readonly index: number;
}

/**
 * The first reason to reject a batch. The checksum of a new batch is checked before its rows, so that damage
 * in transit is not reported as a faulty bet. At any other offset it is not checked.
 */
function findProblem(
  lottery: Lottery,
  agency: Agency,
  bets: BetsCommand,
  parsed: ParsedRows,
  judgeKnown: () => RejectReason | null,
): BatchProblem | null {
  const { offset, checksum } = bets;
  if (isKnown(agency, bets)) {
    const reason = judgeKnown();
    if (reason !== null) return whole(reason);
  } else {
    if (lottery.stageOf(agency) !== 'loading') return whole('ALREADY_FINISHED');
    if (offset !== null && offset !== agency.accepted) return whole('WRONG_OFFSET');
    const isDamaged = checksum !== null && checksum !== checksumWith(agency, bets, parsed);
    if (isDamaged) return whole('WRONG_CHECKSUM');
  }
  return findRowProblem(agency, bets, parsed.verdict);
}

/** The reason to reject the rows. The parser does not know the agency; it only compares the rows. */
function findRowProblem(
  { number }: Agency,
  { rows, count }: BetsCommand,
  verdict: RowsVerdict,
): BatchProblem | null {
  if (verdict.ok) {
    if (verdict.agency !== number) return { reason: 'WRONG_AGENCY', index: 0 };
    return verdict.count === count ? null : whole('WRONG_COUNT');
  }
  const { problem, index } = verdict;
  const own = `${String(number)},`;
  const isOwn = rows.toString('latin1', 0, own.length) === own;
  const isOther = problem !== 'INVALID_UTF8' && !isOwn;
  return isOther ? { reason: 'WRONG_AGENCY', index: 0 } : { reason: problem, index };
}

function whole(reason: RejectReason): BatchProblem {
  return { reason, index: WHOLE_BATCH };
}

/** CRC-32 of the agency's rows and these behind them. */
function checksumWith(agency: Agency, { rows }: BetsCommand, { checksum }: ParsedRows): number {
  if (checksum === undefined) return crc32(rows, agency.checksum);
  return combineCrc32(agency.checksum, checksum, rows.length);
}

function accept(agency: Agency, bets: BetsCommand, parsed: ParsedRows, out: EffectSink): void {
  const { count, rows } = bets;
  const dependsOn = agency.number;
  const checksum = bets.checksum ?? checksumWith(agency, bets, parsed);
  agency.accepted += count;
  agency.checksum = checksum;
  agency.unsettled++;
  out.push({
    kind: 'store',
    entry: { kind: 'bets', agency: agency.number, count, rows, checksum },
  });
  if (bets.form === 'bet') {
    const { document, number } = documentAndNumber(rows);
    const details = { dni: document, numero: number };
    const action = 'apuesta_almacenada';
    out.push({ kind: 'log', level: 'INFO', action, result: 'success', details, dependsOn });
  } else {
    const details = { cantidad: count };
    const action = 'apuesta_recibida';
    out.push({ kind: 'log', level: 'INFO', action, result: 'success', details, dependsOn });
  }
}

function rejectBets(
  session: Session,
  agency: Agency,
  bets: BetsCommand,
  { reason, index }: BatchProblem,
  out: EffectSink,
): void {
  const offset = bets.offset ?? agency.accepted;
  const action = bets.form === 'bet' ? 'apuesta_almacenada' : 'apuesta_recibida';
  const at = index === WHOLE_BATCH ? {} : { bet: offset + index };
  const details = { cantidad: bets.count, agency: agency.number, code: reason, ...at };
  const peer = peerOf(session);
  out.push({ kind: 'log', level: 'ERROR', action, result: 'fail', details, peer });
  const expected = agency.accepted;
  const reply: Reply = { kind: 'reject', offset, expected, index, reason };
  const dependsOn = agency.number;
  out.push({ kind: 'reply', to: session, reply, answersBets: true, dependsOn });
}
