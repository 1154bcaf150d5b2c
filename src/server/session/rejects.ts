/**
 * Rejected bets. They are counted durably for each agency. An agency cannot finish in a run with rejected
 * bets (docs/DIALECTS.md).
 */
import { LIMITS } from '../../base/limits';
import type { RejectReason } from '../../protocol/codes';
import type { BetsCommand } from '../../protocol/commands';
import type { EffectSink } from './effects';
import type { Lottery } from './lottery';
import type { Agency, Session } from './state';

/** Reasons that do not concern the bets themselves: they may be stored already, or come again. */
const PASSING: ReadonlySet<RejectReason> = new Set([
  'WRONG_OFFSET',
  'WRONG_CHECKSUM',
  'ALREADY_FINISHED',
]);

/** A message of bets was rejected. */
export function noteRejected(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  { offset, count }: BetsCommand,
  reason: RejectReason,
  out: EffectSink,
): void {
  if (PASSING.has(reason)) return;
  if (offset === null) addRejected(lottery, session, count, out);
  // It may be corrected yet: the next batch that is accepted has the same offset.
  else if (offset === agency.accepted) session.rejected = count;
}

/** A message of bets was accepted. */
export function noteAccepted(session: Session, agency: Agency, { offset }: BetsCommand): void {
  if (offset !== null) session.rejected = 0;
  agency.endRefused = false;
}

/** Bets that cannot be read, or will not come again, were rejected. */
export function addRejected(
  lottery: Lottery,
  session: Session,
  count: number,
  out: EffectSink,
): void {
  session.rejected += count;
  if (count > 0 && session.state.phase === 'handshake' && session.dialect.run === 'connections') {
    lottery.unattributed.note(session);
  }
  if (session.state.phase !== 'established' || session.dialect.run === 'resumed') return;
  saveRejectedOf(lottery, session, session.state.agency, out);
}

/** The same, on a connection that may not have named their agency, but now has with them. */
export function addRejectedOf(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  count: number,
  out: EffectSink,
): void {
  session.rejected += count;
  saveRejectedOf(lottery, session, agency, out);
}

function saveRejectedOf(lottery: Lottery, session: Session, agency: Agency, out: EffectSink): void {
  attributeRejected(lottery, session, agency);
  // Durable before the answer leaves, like bets: a crash must not undo what a reply has stated.
  saveRejectsOf(lottery, agency, out);
}

/**
 * Counts the bets rejected on a connection for its agency, once that is known. What comes after its end is
 * not counted: the acta states the count, and must not differ from it later.
 */
export function attributeRejected(lottery: Lottery, session: Session, agency: Agency): void {
  const { rejected } = session;
  if (rejected === 0) return;
  lottery.unattributed.forget(session);
  session.rejected = 0;
  if (agency.finished) return;
  countRejected(lottery, agency, rejected);
  const run = session.dialect.run === 'connections' ? agency : session;
  run.rejectedInRun += rejected;
  agency.endRefused = false;
}

function countRejected(lottery: Lottery, agency: Agency, count: number): void {
  const counted = Math.max(0, Math.min(count, LIMITS.rejectedBetsCountedMax - agency.rejected));
  agency.rejected += counted;
  agency.rejectedUnsaved += counted;
  lottery.unsavedRejects.add(agency);
}

/**
 * The agency declares the end of its bets.
 *
 * @returns how many of the run were rejected, or may have been
 */
export function rejectedInRun(lottery: Lottery, session: Session, agency: Agency): number {
  if (session.dialect.run !== 'connections') return session.rejectedInRun;
  const unattributed = takeUnattributed(lottery, session, agency);
  return session.rejectedInRun + agency.rejectedInRun + unattributed;
}

/**
 * Bets from the address of the agency that named none: they may be its. They are counted for the first
 * that declares its end.
 */
function takeUnattributed(lottery: Lottery, session: Session, agency: Agency): number {
  if (agency.finished) return 0;
  const found = lottery.unattributed.take(session.peer.address, agency.unattributedSeen);
  if (found === null) return 0;
  agency.unattributedSeen = found.upTo;
  if (found.bets > 0) countRejected(lottery, agency, found.bets);
  // Else a peer at its address could keep it from being finished for ever.
  if (agency.unattributedRefusals === LIMITS.unattributedRefusalsMax) return 0;
  agency.unattributedRefusals++;
  return Math.max(1, found.bets);
}

/** The end of a run is refused: what comes next is another one. */
export function endRun(session: Session, agency: Agency): void {
  session.rejectedInRun = 0;
  agency.rejectedInRun = 0;
  agency.endRefused = true;
}

/** Makes counts durable, of as many agencies at a time as a commit can hold. */
export function saveRejects(lottery: Lottery, out: EffectSink): void {
  let room = LIMITS.rejectsPerCommitMax;
  for (const agency of lottery.unsavedRejects) {
    if (!maySave(agency)) continue;
    if (room-- === 0) return;
    saveRejectsOf(lottery, agency, out);
  }
}

/** Makes the count of an agency durable; of one that is not claimed yet, once it is. */
export function saveRejectsOf(lottery: Lottery, agency: Agency, out: EffectSink): void {
  if (!maySave(agency)) return;
  const { number, rejectedUnsaved: count } = agency;
  lottery.unsavedRejects.delete(agency);
  agency.rejectedUnsaved = 0;
  if (count === 0) return;
  agency.unsettled++;
  out.push({ kind: 'store', entry: { kind: 'rejected', agency: number, count } });
}

/** The answer to a claim says whether they still count: not if the agency has finished elsewhere. */
function maySave({ isOwned, isAsked }: Agency): boolean {
  return isOwned && !isAsked;
}
