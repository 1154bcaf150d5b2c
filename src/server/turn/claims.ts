/**
 * Claims of agencies on their way to the store. An agency is claimed when nothing of it is on its way
 * to the disk, and nothing of it goes there until the store has answered, so that the answer is what its
 * sessions go on from. The turn does not wait: steps of these sessions are kept meanwhile.
 */
import { settle, type Eventual } from '../../base/eventual';
import { LIMITS } from '../../base/limits';
import type { AgencyTotals } from '../../store/state';
import type { Peer } from '../admission/peer';
import { answerClaim, establish } from '../session/claim';
import type { EffectSink } from '../session/effects';
import { endBusy } from '../session/end';
import type { Lottery } from '../session/lottery';
import { saveRejectsOf } from '../session/rejects';
import { isNamed, type Agency } from '../session/state';

type ClaimAgency = (agency: number) => Eventual<Readonly<AgencyTotals> | null>;

export interface ClaimsOptions<Event> {
  readonly lottery: Lottery;
  readonly claim: ClaimAgency;
  /**
   * Goes on with what a peer has sent meanwhile.
   *
   * @param isNew whether it had been waiting behind its handshake, and not established before
   */
  readonly onAnswered: (
    peer: Peer,
    kept: readonly Kept<Event>[],
    isNew: boolean,
    out: EffectSink,
  ) => void;
  /** Runs `work` with a sink for its effects: the store has not answered at once, and the turn is over. */
  readonly later: (work: (out: EffectSink) => void) => void;
  readonly onFatal: (error: unknown) => void;
}

/** What a peer has sent that is not looked at yet. */
export interface Kept<Event> {
  readonly peer: Peer;
  readonly event: Event;
  /** Of rows that it holds. */
  readonly bytes: number;
}

interface Keeper<Event> {
  readonly kept: Kept<Event>[];
  keptBytes: number;
}

interface Claim<Event> extends Keeper<Event> {
  readonly peer: Peer;
  readonly agency: Agency;
}

/** A question that the store has not answered. It keeps what peers have sent that were established before. */
interface Question<Event> extends Keeper<Event> {
  /** Other claims of the agency, to be looked at behind it. */
  readonly next: Claim<Event>[];
}

export class Claims<Event> {
  private readonly waiting = new Map<Peer, Claim<Event>>();
  /** At most one question for an agency at a time: answers may come in any order. */
  private readonly asked = new Map<Agency, Question<Event>>();
  /** Of rows in events that are kept. */
  private bytes = 0;

  constructor(private readonly options: ClaimsOptions<Event>) {}

  /**
   * Keeps what a peer has sent until its agency is claimed. With too much in memory, the peer is sent BUSY.
   *
   * @param bytes of rows that the event holds
   * @returns false: there is no need to
   */
  keep(peer: Peer, event: Event, bytes: number, out: EffectSink): boolean {
    const keeper = this.waiting.get(peer) ?? this.questionBefore(peer);
    if (keeper === undefined) return false;
    if (this.bytes + bytes > LIMITS.claimBytesKeptMax) {
      this.forget(peer);
      endBusy(this.options.lottery, peer.session, 'too many bets wait for the store', out);
      return true;
    }
    keeper.kept.push({ peer, event, bytes });
    keeper.keptBytes += bytes;
    this.bytes += bytes;
    return true;
  }

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.waiting.size === 0 && this.asked.size === 0;
  }

  /** A session has begun to claim its agency. The store may answer at once. */
  begin(peer: Peer, agency: Agency, out: EffectSink): void {
    const claim: Claim<Event> = { peer, agency, kept: [], keptBytes: 0 };
    this.waiting.set(peer, claim);
    this.advance(claim, out);
  }

  /** Entries are settled: asks for agencies of which nothing is on its way any more. */
  askAgain(out: EffectSink): void {
    for (const claim of [...this.waiting.values()]) this.advance(claim, out);
  }

  /** Gives up what is kept of a peer that is gone, or waits no more; the store may still answer for its agency. */
  forget(peer: Peer): void {
    this.bytes -= this.waiting.get(peer)?.keptBytes ?? 0;
    this.waiting.delete(peer);
  }

  /** Peers that are not read any more may have sent a turn's share before. */
  private questionBefore({ session: { state } }: Peer): Question<Event> | undefined {
    return isNamed(state) ? this.asked.get(state.agency) : undefined;
  }

  private advance(claim: Claim<Event>, out: EffectSink): void {
    const { peer, agency } = claim;
    if (this.waiting.get(peer) !== claim) return;
    const question = this.asked.get(agency);
    if (question !== undefined) {
      if (!question.next.includes(claim)) question.next.push(claim);
    } else if (peer.session.state.phase !== 'claiming') this.forget(peer);
    else if (peer.session.isShared && agency.isOwned) {
      // A connection for one request joins those that act as the agency already.
      this.forget(peer);
      establish(this.options.lottery, peer.session, out);
      this.options.onAnswered(peer, claim.kept, true, out);
    } else this.ask(claim, out);
  }

  private ask(claim: Claim<Event>, out: EffectSink): void {
    const { agency } = claim;
    // The answer must count them.
    saveRejectsOf(this.options.lottery, agency, out);
    if (agency.unsettled > 0) return;
    this.asked.set(agency, { next: [], kept: [], keptBytes: 0 });
    agency.isAsked = true;
    let sink: EffectSink | null = out;
    settle(
      () => this.options.claim(agency.number),
      (totals) => {
        if (sink !== null) this.answer(claim, totals, sink);
        else {
          this.options.later((effects) => {
            this.answer(claim, totals, effects);
          });
        }
      },
      this.options.onFatal,
    );
    sink = null;
  }

  private answer(
    claim: Claim<Event>,
    totals: Readonly<AgencyTotals> | null,
    out: EffectSink,
  ): void {
    const { lottery, onAnswered } = this.options;
    const { peer, agency } = claim;
    const question = this.asked.get(agency);
    this.asked.delete(agency);
    agency.isAsked = false;
    // Also when the peer is gone: the store has said whose the agency is, and will not say again who has finished.
    if (totals !== null) lottery.takeOver(agency, totals, out);
    if (this.waiting.get(peer) === claim) {
      this.forget(peer);
      answerClaim(lottery, peer.session, totals !== null, out);
      onAnswered(peer, claim.kept, true, out);
    }
    if (question === undefined) return;
    this.bytes -= question.keptBytes;
    for (const one of question.kept) onAnswered(one.peer, [one], false, out);
    for (const next of question.next) this.advance(next, out);
  }
}
