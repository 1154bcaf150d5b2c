/**
 * What all agencies share: how far each one is, who has finished, and the draw. Like the
 * session it does no I/O: events in, effects out.
 */
import { invariant } from '../../base/invariant';
import type { Edition } from '../../domain/contest';
import type { AgencyStage, AgencyWinners } from '../../protocol/commands';
import type { Winners } from '../../store/bet-store';
import type { AgencyTotals, LotteryState, StoreEntry } from '../../store/state';
import type { EffectSink } from './effects';
import { OpenIdentity, type Identity } from './identity';
import { restoreAgencies } from './restore-agencies';
import type { Agency, Session } from './state';
import { UnattributedRejects } from './unattributed';

/**
 * - `loading`: agencies send bets.
 * - `drawing`: all have finished, durably; the winners are being looked for.
 * - `drawn`: the winners are known, durably.
 */
type LotteryPhase = 'loading' | 'drawing' | 'drawn';

const NOBODY: ReadonlySet<number> = new Set();

const NEXT: Readonly<Record<LotteryPhase, readonly LotteryPhase[]>> = {
  loading: ['drawing'],
  drawing: ['drawn'],
  drawn: [],
};

export interface LotteryOptions {
  /** How many agencies are expected; their numbers are 1 to this. */
  readonly agencies: number;
  /** Batches that an agency may have unanswered. */
  readonly window: number;
  /** Authentication; undefined: none. */
  readonly identity?: Identity;
  /** What agencies take part in; undefined: the lottery. Only the lottery has a draw. */
  readonly edition?: Edition;
}

export class Lottery {
  readonly window: number;
  readonly identity: Identity;
  readonly edition: Edition;
  /** Sessions whose question for winners waits for the draw. */
  readonly waiting = new Set<Session>();
  /** Sessions of agencies without bets that do not name their agency. */
  readonly unnamed = new Set<Session>();
  /** Agencies with rejected bets that the disk does not know of. */
  readonly unsavedRejects = new Set<Agency>();
  /** Rejected bets of which nobody knows the agency. */
  readonly unattributed = new UnattributedRejects();

  private readonly agencies: ReadonlyMap<number, Agency>;
  private current: LotteryPhase;
  /** Agencies that have not finished. */
  private loading: number;
  /** Agencies that have not finished as far as the disk knows; 0: the draw is due. */
  private readonly unfinished: Set<number>;

  /**
   * @param stored what the store recovered
   * @param winners of a draw that was made before the central was started; null: there was none
   * @throws LoteriaError CONFIG_INVALID when the store holds agencies that are not expected, or a
   *   draw without one that is
   */
  constructor(
    options: LotteryOptions,
    stored: Readonly<LotteryState>,
    private winners: Winners | null = null,
  ) {
    this.window = options.window;
    this.identity = options.identity ?? new OpenIdentity();
    this.edition = options.edition ?? 'lottery';
    this.agencies = restoreAgencies(options.agencies, stored);
    this.unfinished = new Set(this.loadingAgencies().map(({ number }) => number));
    this.loading = this.unfinished.size;
    this.current = winners === null ? 'loading' : 'drawn';
  }

  /** Agencies that have not finished. */
  get pending(): number {
    return this.loading;
  }

  /** Agencies that take part. */
  get expected(): number {
    return this.agencies.size;
  }

  get phase(): LotteryPhase {
    return this.current;
  }

  /** The only place where the phase changes. @throws InvariantError when it may not change so */
  private setPhase(to: LotteryPhase, out: EffectSink): void {
    const from = this.current;
    invariant(NEXT[from].includes(to), `the lottery went from ${from} to ${to}`);
    this.current = to;
    const details = { from, to };
    out.push({ kind: 'log', level: 'DEBUG', action: 'lottery_phase', result: 'success', details });
  }

  agency(number: number): Agency | undefined {
    return this.agencies.get(number);
  }

  /** Agencies that have not finished, in ascending order. */
  loadingAgencies(): Agency[] {
    return [...this.agencies.values()].filter(({ finished }) => !finished);
  }

  /** The agency has no more bets. The draw waits until this is durable. */
  finish(agency: Agency, out: EffectSink): void {
    agency.finished = true;
    this.loading--;
    const { number, accepted, rejected } = agency;
    agency.unsettled++;
    out.push({ kind: 'store', entry: { kind: 'finished', agency: number } });
    const details = {
      agency: number,
      cantidad: accepted,
      ...(rejected > 0 ? { rechazadas: rejected } : {}),
    };
    out.push({
      kind: 'log',
      level: 'INFO',
      action: 'agency_finished',
      result: 'success',
      details,
      dependsOn: number,
    });
  }

  stageOf(agency: Agency): AgencyStage {
    if (this.phase === 'drawn') return 'drawn';
    return agency.finished ? 'finished' : 'loading';
  }

  /** @param agency its number */
  winnersOf(agency: number): number {
    return this.outcome().total(agency);
  }

  /** The winners of an agency, which are read when they are sent. */
  allWinnersOf({ number }: Agency): AgencyWinners {
    const winners = this.outcome();
    return {
      total: winners.total(number),
      digits: winners.digits(number),
      page: (first, bytesMax) => winners.page(number, first, bytesMax),
    };
  }

  /** Takes up where the store left off: a draw that is due is made. */
  start(out: EffectSink): void {
    this.drawIfDue(out);
  }

  /** The winners of the draw under way. */
  completeDraw(winners: Winners, out: EffectSink): void {
    this.winners = winners;
    this.setPhase('drawn', out);
  }

  /** `entries` are on their way no longer: durable, but for those of agencies in `refused`. */
  settled(
    entries: readonly StoreEntry[],
    out: EffectSink,
    refused: ReadonlySet<number> = NOBODY,
  ): void {
    for (const entry of entries) {
      if (!('agency' in entry)) continue;
      const agency = this.agencies.get(entry.agency);
      invariant(agency !== undefined, 'an entry of an agency that is not expected');
      agency.unsettled--;
      invariant(agency.unsettled >= 0, 'an entry was settled twice');
      if (entry.kind !== 'finished' || refused.has(entry.agency)) continue;
      invariant(this.unfinished.delete(entry.agency), 'an agency finished twice');
    }
    this.drawIfDue(out);
  }

  /** A claim was answered: the agency goes on from what is stored of it. */
  takeOver(agency: Agency, totals: Readonly<AgencyTotals>, out: EffectSink): void {
    agency.isOwned = true;
    agency.accepted = totals.stored;
    agency.checksum = totals.checksum;
    // The acta has its count already.
    if (totals.finished) this.forgetUnsavedRejects(agency);
    agency.rejected = totals.rejected + agency.rejectedUnsaved;
    if (totals.finished && this.unfinished.delete(agency.number)) {
      if (!agency.finished) this.loading--;
      agency.finished = true;
      this.drawIfDue(out);
    }
  }

  /** The agency has finished, durably, at another central; this one does not own it. */
  finishElsewhere(agency: Agency, out: EffectSink): void {
    if (!this.unfinished.delete(agency.number)) return;
    if (!agency.finished) this.loading--;
    agency.finished = true;
    this.drawIfDue(out);
  }

  /** Another central has claimed the agency; what is stored of it is known when it is claimed again. */
  lose(agency: Agency): void {
    agency.isOwned = false;
    this.forgetUnsavedRejects(agency);
    if (agency.finished && this.unfinished.has(agency.number)) {
      agency.finished = false;
      this.loading++;
    }
  }

  private forgetUnsavedRejects(agency: Agency): void {
    agency.rejectedUnsaved = 0;
    this.unsavedRejects.delete(agency);
  }

  private drawIfDue(out: EffectSink): void {
    if (this.edition !== 'lottery') return;
    if (this.phase !== 'loading' || this.unfinished.size > 0 || this.agencies.size === 0) return;
    this.setPhase('drawing', out);
    out.push({ kind: 'begin_draw' });
  }

  private outcome(): Winners {
    invariant(this.winners !== null, 'winners were asked for before the draw');
    return this.winners;
  }
}
