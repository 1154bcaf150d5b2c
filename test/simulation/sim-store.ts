/**
 * The store as the simulated central has it. Sometimes it is the real one, watched; sometimes an engine
 * beyond a network: every answer comes later, those of different agencies in any order, other centrals
 * claim agencies, an operation may fail, and for a while it may take no writes: then nobody knows which of the
 * commits under way it has.
 */
import { LoteriaError } from '../../src/base/errors';
import { whenThere, type Eventual } from '../../src/base/eventual';
import type { Acta } from '../../src/store/acta';
import type {
  BetsDigest,
  BetStore,
  CommitGroup,
  CommitResult,
  DrawnWinners,
  StoredBlock,
  Winners,
} from '../../src/store/bet-store';
import type { AgencyTotals, LotteryState, StoreEntry } from '../../src/store/state';
import { SimPromise } from './sim-promise';
import type { SimProcess } from './sim-process';

export interface SimStoreOptions {
  readonly real: BetStore;
  readonly process: SimProcess;
  /** How long an answer takes at most; null: what is there at once comes at once. */
  readonly lateMsMax: number | null;
  /** The winners of an earlier draw are there, before anybody is served. */
  readonly onReloaded: () => void;
  /** As that of an engine's listener. */
  readonly onFailure: (error: unknown) => void;
  /** An operation fails, or has failed. */
  readonly onFault: () => void;
}

/** Changes of what is stored happen one after the other, whoever makes them. */
type Change = (end: () => void) => void;

export class SimStore implements BetStore {
  readonly kind = 'directory';
  private readonly changes: Change[] = [];
  private isChanging = false;
  /** How often each agency was claimed, wherever; and the count that this central owns it by. */
  private readonly epochs = new Map<number, number>();
  private readonly owned = new Map<number, number>();
  private failsNext = false;
  /** Until then it takes no writes. */
  private outUntilMs = 0;
  private onFinished: (agencies: readonly number[]) => void = () => undefined;

  constructor(private readonly options: SimStoreOptions) {}

  get name(): string {
    return this.real.name;
  }

  get state(): Readonly<LotteryState> {
    return this.real.state;
  }

  /** Whether other centrals can use it, and whether it can fail, as an engine. */
  get isRemote(): boolean {
    return this.options.lateMsMax !== null;
  }

  /** The next operation fails, if there is one. */
  failNext(fails: boolean): void {
    this.failsNext = fails && this.isRemote;
  }

  /** It takes no writes for a while, if it is an engine that can fail; what it reads is there. */
  beginOutage(durationMs: number): void {
    if (this.isRemote) this.outUntilMs = this.options.process.world.nowMs + durationMs;
  }

  /**
   * Another central claims an agency.
   *
   * @param makeEntries what it stores then, if anything; called with what is stored of the agency
   * @param onStored called when that is durable
   */
  claimElsewhere(
    agency: number,
    makeEntries: (totals: Readonly<AgencyTotals>) => readonly StoreEntry[],
    onStored: () => void,
  ): void {
    this.change((end) => {
      const totals = this.state.agencies.get(agency);
      // Of agencies that nobody has claimed the central may say itself that they have no bets.
      const entries = totals === undefined || totals.finished ? [] : makeEntries(totals);
      this.epochs.set(agency, this.epochOf(agency) + 1);
      if (entries.length === 0) {
        end();
        return;
      }
      this.real.commit({ entries, promises: new Set() }, () => {
        onStored();
        end();
        if (this.state.agencies.get(agency)?.finished !== true) return;
        this.after(() => {
          this.onFinished([agency]);
        });
      });
    });
  }

  claim(agency: number): Eventual<Readonly<AgencyTotals> | null> {
    if (!this.isRemote) return this.real.claim(agency);
    const { process } = this.options;
    const answer = new SimPromise<Readonly<AgencyTotals> | null>(process);
    this.change((end) => {
      const isUnknown = this.isOut || process.world.random.chance(0.05);
      const epoch = isUnknown ? null : this.epochOf(agency) + 1;
      if (epoch !== null) this.epochs.set(agency, epoch);
      this.answerClaim(answer, agency, epoch);
      // What is answered was read, before another central changes it.
      end();
    });
    return answer;
  }

  commit(group: CommitGroup, done: (result: CommitResult) => void): void {
    if (!this.isRemote) {
      this.real.commit(group, done);
      return;
    }
    // As of when it is asked: a claim that is answered before it runs makes these epochs old.
    const epochs = this.ownedEpochs(group);
    this.change((end) => {
      const refused = this.refusedOf(epochs);
      const entries = group.entries.filter(
        (entry) => !('agency' in entry && refused.has(entry.agency)),
      );
      const kept = { entries, promises: group.promises };
      if (this.isOut && entries.every((entry) => 'agency' in entry)) {
        this.loseCommit(kept, end, done);
        return;
      }
      if (this.takeFailure()) {
        // Nobody knows whether it was stored.
        if (this.options.process.world.random.chance(0.5)) this.real.commit(kept, () => undefined);
        this.options.onFailure(failure());
        return;
      }
      this.real.commit(kept, () => {
        end();
        done({ refused });
      });
    });
  }

  record(entries: readonly StoreEntry[]): Eventual<readonly StoreEntry[]> {
    if (!this.isRemote) return this.real.record(entries);
    const answer = new SimPromise<readonly StoreEntry[]>(this.options.process);
    this.change((end) => {
      if (this.takeFailure()) {
        end();
        answer.reject(failure());
        return;
      }
      this.real.commit({ entries, promises: new Set() }, () => {
        end();
        // At once, as in commit: the files below look after themselves up to here, and no further.
        answer.resolve([]);
      });
    });
    return answer;
  }

  followOthers(onFinished: (agencies: readonly number[]) => void): void {
    this.onFinished = onFinished;
  }

  publishTerms(): Eventual<void> {
    return this.late(() => this.real.publishTerms());
  }

  recall(use: (block: StoredBlock) => void): Eventual<void> {
    return this.late(() => this.real.recall(use));
  }

  loadWinners(): Eventual<Winners | null> {
    return this.late(() =>
      whenThere(this.real.loadWinners(), (winners) => {
        if (winners !== null) this.options.onReloaded();
        return winners === null ? null : this.lateWinners(winners);
      }),
    );
  }

  findWinners(number: number): Eventual<DrawnWinners> {
    return this.late(() =>
      whenThere(this.real.findWinners(number), (found) => {
        const { winners, digest } = found;
        return { winners, digest, ...this.lateWinners(found) };
      }),
    );
  }

  digest(): Eventual<BetsDigest> {
    return this.late(() => this.real.digest());
  }

  loadActa(): Eventual<Acta | null> {
    return this.late(() => this.real.loadActa());
  }

  saveActa(acta: Acta): Eventual<void> {
    return this.late(() => this.real.saveActa(acta));
  }

  abandon(): void {
    this.real.abandon();
  }

  close(done: () => void): void {
    this.changes.push(() => {
      this.real.close(done);
    });
    this.nextChange();
  }

  private get real(): BetStore {
    return this.options.real;
  }

  private epochOf(agency: number): number {
    return this.epochs.get(agency) ?? 0;
  }

  private lateWinners(winners: Winners): Winners {
    return {
      total: (agency) => winners.total(agency),
      digits: (agency) => winners.digits(agency),
      page: (agency, first, bytesMax) => this.late(() => winners.page(agency, first, bytesMax)),
    };
  }

  private get isOut(): boolean {
    return this.options.process.world.nowMs < this.outUntilMs;
  }

  /** Nobody knows whether a commit is stored: all of its agencies are refused, and must be claimed again. */
  private loseCommit(
    { entries, promises }: CommitGroup,
    end: () => void,
    done: (result: CommitResult) => void,
  ): void {
    const agencies = agenciesOf({ entries, promises });
    for (const agency of agencies) this.owned.delete(agency);
    if (this.options.process.world.random.chance(0.5)) this.real.commit({ entries, promises }, end);
    else end();
    done({ refused: agencies, isUnavailable: true });
  }

  /** By which epoch this central owns each agency of a group; 0: by none. */
  private ownedEpochs(group: CommitGroup): ReadonlyMap<number, number> {
    return new Map([...agenciesOf(group)].map((agency) => [agency, this.owned.get(agency) ?? 0]));
  }

  private refusedOf(epochs: ReadonlyMap<number, number>): ReadonlySet<number> {
    const lost = [...epochs].filter(([agency, epoch]) => this.epochOf(agency) !== epoch);
    return new Set(lost.map(([agency]) => agency));
  }

  /** @param epoch null: it is not known now who owns the agency */
  private answerClaim(
    answer: SimPromise<Readonly<AgencyTotals> | null>,
    agency: number,
    epoch: number | null,
  ): void {
    const totals = whenThere(this.real.claim(agency), (found) => found && { ...found });
    this.after(() => {
      if (this.takeFailure()) {
        answer.reject(failure());
        return;
      }
      if (epoch === null) {
        answer.resolve(null);
        return;
      }
      // Answers to several claims of an agency may come in any order.
      this.owned.set(agency, Math.max(epoch, this.owned.get(agency) ?? 0));
      void whenThere(totals, (found) => {
        answer.resolve(found);
      });
    });
  }

  private late<T>(work: () => Eventual<T>): Eventual<T> {
    const { lateMsMax, process } = this.options;
    if (lateMsMax === null) return work();
    const delayMs = process.world.random.int(0, lateMsMax);
    return SimPromise.after(process, delayMs, () => {
      if (this.takeFailure()) throw failure();
    }).then(work);
  }

  private change(make: Change): void {
    this.after(() => {
      this.changes.push(make);
      this.nextChange();
    });
  }

  private nextChange(): void {
    if (this.isChanging) return;
    const make = this.changes.shift();
    if (make === undefined) return;
    this.isChanging = true;
    make(() => {
      this.isChanging = false;
      this.nextChange();
    });
  }

  private after(work: () => void): void {
    const { process, lateMsMax } = this.options;
    process.after(process.world.random.int(0, lateMsMax ?? 0), work);
  }

  private takeFailure(): boolean {
    const { failsNext } = this;
    this.failsNext = false;
    if (failsNext) this.options.onFault();
    return failsNext;
  }
}

function agenciesOf({ entries, promises }: CommitGroup): ReadonlySet<number> {
  const agencies = new Set(promises);
  for (const entry of entries) if ('agency' in entry) agencies.add(entry.agency);
  return agencies;
}

function failure(): LoteriaError {
  return new LoteriaError('STORE_IO', 'the engine does not answer any more');
}
