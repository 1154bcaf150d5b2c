/**
 * An engine whose bets are in memory, for any number of centrals at once. Its answers come later and those to
 * different questions in any order, as they do from a database. It models the contract of
 * `src/store/bet-store.ts`, and is no store for a lottery.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { invariant } from '../../src/base/invariant';
import { actaBetsOf, blockBytesFor, type Acta } from '../../src/store/acta';
import { differenceFromRecord } from '../../src/store/acta-check';
import type {
  BetsDigest,
  BetStore,
  CommitGroup,
  CommitResult,
  DrawnWinners,
  StoredBlock,
  Winners,
} from '../../src/store/bet-store';
import {
  applyEntry,
  emptyState,
  totalsOf,
  type AgencyTotals,
  type LotteryState,
  type StoreEntry,
} from '../../src/store/state';
import { damaged } from '../../src/store/store-error';
import { winnersOf } from './winners-list';

const ROW = /^(\d+),.*,(\d+),[\d-]{10},(\d+)\r$/gm;
const DELAY_MS_MAX = 3;

/** What is stored, for all centrals. */
export class MemoryPlace {
  readonly state = emptyState();
  readonly rows: Buffer[] = [];
  acta: Acta | null = null;
  private readonly epochs = new Map<number, number>();

  epochOf(agency: number): number {
    return this.epochs.get(agency) ?? 0;
  }

  claim(agency: number): { readonly epoch: number; readonly totals: AgencyTotals } {
    const epoch = this.epochOf(agency) + 1;
    this.epochs.set(agency, epoch);
    return { epoch, totals: { ...totalsOf(this.state, agency) } };
  }

  store(entry: StoreEntry): void {
    applyEntry(this.state, entry);
    if (entry.kind === 'bets') this.rows.push(Buffer.from(entry.rows));
  }
}

export class MemoryEngine implements BetStore {
  readonly kind = 'database';
  readonly name = 'memory';
  /** By which epoch this central owns each agency. */
  private readonly owned = new Map<number, number>();
  private readonly own;
  private isCommitting = false;
  private isAbandoned = false;

  constructor(private readonly place: MemoryPlace) {
    this.own = structuredClone(place.state);
  }

  get state(): Readonly<LotteryState> {
    return this.own;
  }

  claim(agency: number): Promise<Readonly<AgencyTotals>> {
    return later(() => this.place.claim(agency)).then(({ epoch, totals }) => {
      this.owned.set(agency, Math.max(epoch, this.owned.get(agency) ?? 0));
      this.own.agencies.set(agency, { ...totals });
      return totals;
    });
  }

  commit(group: CommitGroup, done: (result: CommitResult) => void): void {
    invariant(!this.isCommitting, 'one commit at a time');
    this.isCommitting = true;
    // As of when it is asked: a claim that is answered before it runs makes these epochs old.
    const owned = new Map(this.owned);
    void later(() => this.commitNow(group, owned)).then((refused) => {
      this.isCommitting = false;
      done({ refused });
    });
  }

  record(entries: readonly StoreEntry[]): Promise<readonly StoreEntry[]> {
    return later(() => {
      for (const entry of entries) {
        this.place.store(entry);
        applyEntry(this.own, entry);
      }
      return [];
    });
  }

  followOthers(): void {
    // It belongs to one central.
  }

  publishTerms(): void {
    // Whoever may read the place finds them there.
  }

  recall(use: (block: StoredBlock) => void): Promise<void> {
    return later(() => {
      for (const rows of this.place.rows) use({ rows, winners: [] });
    });
  }

  loadWinners(): Promise<Winners | null> {
    const { draw } = this.own;
    return later(() => (draw === null ? null : this.winners(draw.winningNumber)));
  }

  findWinners(number: number): Promise<DrawnWinners> {
    return later(() => this.winners(number));
  }

  digest(): Promise<BetsDigest> {
    return later(() => {
      if (this.isAbandoned) throw new Error('the central was stopped');
      const csv = Buffer.concat(this.place.rows);
      const blockBytes = blockBytesFor(csv.length);
      const hashes: Buffer[] = [];
      for (let at = 0; at < csv.length; at += blockBytes) {
        hashes.push(
          createHash('sha256')
            .update(csv.subarray(at, at + blockBytes))
            .digest(),
        );
      }
      const blocks = { blockBytes, hashes };
      const { state } = this.place;
      const difference = differenceFromRecord(actaBetsOf(csv.length, blocks), state);
      if (difference !== null) throw damaged(this.name, 0, difference);
      return { csvBytes: csv.length, blocks, state };
    });
  }

  loadActa(): Promise<Acta | null> {
    return later(() => this.place.acta);
  }

  saveActa(acta: Acta): Promise<void> {
    return later(() => {
      this.place.acta = acta;
    });
  }

  abandon(): void {
    this.isAbandoned = true;
  }

  close(done: () => void): void {
    invariant(!this.isCommitting, 'a commit is under way');
    done();
  }

  private commitNow(
    { entries, promises }: CommitGroup,
    owned: ReadonlyMap<number, number>,
  ): ReadonlySet<number> {
    const agencies = new Set(promises);
    for (const entry of entries) if ('agency' in entry) agencies.add(entry.agency);
    const isLost = (agency: number): boolean =>
      (owned.get(agency) ?? 0) !== this.place.epochOf(agency);
    const refused = new Set([...agencies].filter(isLost));
    for (const entry of entries) {
      if ('agency' in entry && refused.has(entry.agency)) continue;
      this.place.store(entry);
      applyEntry(this.own, entry);
    }
    return refused;
  }

  private winners(number: number): DrawnWinners {
    const list = [...Buffer.concat(this.place.rows).toString('utf8').matchAll(ROW)]
      .filter(([, , , bet]) => Number(bet) === number)
      .map(([, agency, document = '']) => [Number(agency), document] as const);
    const found = winnersOf(list);
    return {
      winners: found.winners,
      digest: found.digest,
      total: (agency) => found.total(agency),
      digits: (agency) => found.digits(agency),
      page: (agency, first, bytesMax) => later(() => found.page(agency, first, bytesMax)),
    };
  }
}

/** Does something after a while, and answers after another one. */
async function later<T>(work: () => T): Promise<T> {
  await sleep(Math.random() * DELAY_MS_MAX);
  const result = work();
  await sleep(Math.random() * DELAY_MS_MAX);
  return result;
}
