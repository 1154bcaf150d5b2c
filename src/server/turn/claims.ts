/**
 * Claims of agencies on their way to the store. An agency is claimed when nothing of it is on its way
 * to the disk, so that what the store answers is what the session goes on from. The turn does not wait:
 * what a peer sent behind its introduction in the same turn is kept, and it is not read meanwhile.
 */
import { settle, type Eventual } from '../../base/eventual';
import type { AgencyTotals } from '../../store/state';
import type { Peer } from '../admission/peer';
import { answerClaim, establish, loseAgency } from '../session/claim';
import type { EffectSink } from '../session/effects';
import type { Lottery } from '../session/lottery';
import type { Agency, Session } from '../session/state';

type ClaimAgency = (agency: number) => Eventual<Readonly<AgencyTotals> | null>;

export interface ClaimsOptions<Event> {
  readonly lottery: Lottery;
  readonly claim: ClaimAgency;
  /** Sessions that may speak for an agency. */
  readonly sessions: () => Iterable<Session>;
  /** The session is established: goes on with what its peer had sent behind its introduction. */
  readonly onEstablished: (peer: Peer, kept: readonly Event[], out: EffectSink) => void;
  /** Lets `work` say what an answer leads to that came later than the question. */
  readonly later: (work: (out: EffectSink) => void) => void;
  readonly onFatal: (error: unknown) => void;
}

interface Claim<Event> {
  readonly peer: Peer;
  readonly agency: Agency;
  readonly kept: Event[];
  isAsked: boolean;
}

export class Claims<Event> {
  private readonly waiting = new Map<Peer, Claim<Event>>();

  constructor(private readonly options: ClaimsOptions<Event>) {}

  /** Keeps what a peer has sent until its agency is claimed. @returns false: there is no need to */
  keep(peer: Peer, event: Event): boolean {
    const claim = this.waiting.get(peer);
    if (claim === undefined) return false;
    claim.kept.push(event);
    return true;
  }

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** A session has begun to claim its agency. The store may answer at once. */
  begin(peer: Peer, agency: Agency, out: EffectSink): void {
    const { lottery, onEstablished } = this.options;
    if (peer.session.isShared && agency.isOwned) {
      // A connection for one request joins those that speak for the agency already.
      establish(lottery, peer.session, out);
      onEstablished(peer, [], out);
      return;
    }
    const claim: Claim<Event> = { peer, agency, kept: [], isAsked: false };
    this.waiting.set(peer, claim);
    this.ask(claim, out);
  }

  /** Entries are settled: asks for agencies of which nothing is on its way any more. */
  askAgain(out: EffectSink): void {
    for (const claim of [...this.waiting.values()]) if (!claim.isAsked) this.ask(claim, out);
  }

  /** The peer is gone. */
  forget(peer: Peer): void {
    this.waiting.delete(peer);
  }

  private ask(claim: Claim<Event>, out: EffectSink): void {
    const { agency } = claim;
    if (agency.unsettled > 0) return;
    claim.isAsked = true;
    const before = agency.accepted;
    let sink: EffectSink | null = out;
    settle(
      () => this.options.claim(agency.number),
      (totals) => {
        if (sink !== null) this.answer(claim, before, totals, sink);
        else {
          this.options.later((effects) => {
            this.answer(claim, before, totals, effects);
          });
        }
      },
      this.options.onFatal,
    );
    sink = null;
  }

  private answer(
    claim: Claim<Event>,
    before: number,
    totals: Readonly<AgencyTotals> | null,
    out: EffectSink,
  ): void {
    const { lottery, sessions, onEstablished } = this.options;
    const { peer, agency } = claim;
    if (this.waiting.get(peer) !== claim) return;
    const hasMoved = agency.unsettled > 0 || agency.accepted !== before;
    if (totals !== null && hasMoved && agency.isOwned && before !== totals.stored) {
      // Another central had it for a while, and others here went on from what is not stored.
      loseAgency(lottery, agency, sessions(), out);
      claim.isAsked = false;
      this.ask(claim, out);
      return;
    }
    this.waiting.delete(peer);
    if (totals !== null && hasMoved && agency.isOwned) establish(lottery, peer.session, out);
    else answerClaim(lottery, peer.session, totals, out);
    onEstablished(peer, claim.kept, out);
  }
}
