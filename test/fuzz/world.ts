/** The real central with everything around it made of memory: network, disk, clock, pool, draw. */
import { crc32 } from 'node:zlib';
import type { Logger } from '../../src/base/log/log';
import type { Parsed } from '../../src/parsing/parsed';
import { InlineParser, type Parser } from '../../src/parsing/parser';
import { NativeServerCodec } from '../../src/protocol/native/server-codec';
import { DEFAULT_PEER_LIMITS } from '../../src/server/admission/peer-limits';
import { createCentral, type WiredCentral } from '../../src/server/create-central';
import {
  NONE_REFUSED,
  type BetStore,
  type CommitGroup,
  type CommitResult,
  type DrawnWinners,
} from '../../src/store/bet-store';
import type { WinnersFile } from '../../src/store/file/winners/winners-file';
import {
  applyEntry,
  emptyState,
  totalsOf,
  type AgencyTotals,
  type StoreEntry,
  type StoreState,
} from '../../src/store/state';
import { SlabParser } from '../support/slab-parser';
import { winnersOf } from '../support/winners-list';
import { ManualClock } from '../unit/helpers/manual-clock';
import { AGENCIES, type Progress } from './corpus';
import { Later } from './later';
import { Violation, WINDOW, type Truth } from './peer-model';
import type { Random } from './random';
import { countRows } from './rows-model';

const slabs = new SlabParser();

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  setPrefix: () => undefined,
  shows: () => true,
  flush: () => undefined,
  drain: () => undefined,
};
const TERMS = { agencies: AGENCIES, winningNumber: { kind: 'fixed', number: 7574 } } as const;

interface Stored {
  count: number;
  checksum: number;
  finished: boolean;
  rejected: number;
  /** Checksums at the ends of commits, by count. */
  readonly ends: Map<number, number>;
}

export class World implements Truth {
  readonly clock = new ManualClock();
  readonly central: WiredCentral;
  isDrawn = false;
  private readonly stored: Stored[] = [];
  private readonly introduced: number[] = [];
  private readonly sentChecksums: Set<number>[] = [];
  /** Bets of all batches of each agency, also of those that came twice or were rejected. */
  private readonly sentBets: number[] = [];
  private readonly winners: WinnersFile;
  /** What the central knows of what is stored. */
  private readonly state: StoreState = emptyState();
  private readonly commits: {
    readonly entries: readonly StoreEntry[];
    readonly done: (result: CommitResult) => void;
  }[] = [];
  private readonly postponed: (() => void)[] = [];
  private isDrawing = false;

  constructor(
    private readonly random: Random,
    connectionsMax: number,
  ) {
    const { state } = this;
    const list: [number, string][] = [];
    const finishedOnes = random.oneIn(4) ? AGENCIES : random.below(2);
    for (let agency = 0; agency <= AGENCIES; agency++) {
      const finished = agency > 0 && agency <= finishedOnes;
      this.stored.push({ count: 0, checksum: 0, finished, rejected: 0, ends: new Map([[0, 0]]) });
      this.introduced.push(0);
      this.sentChecksums.push(new Set());
      if (finished) state.agencies.set(agency, { ...totalsOf(state, agency), finished });
      for (let i = 0; i < agency * 3; i++) list.push([agency, String(agency * 1_000 + i)]);
    }
    this.winners = winnersOf(list);
    this.state.terms = TERMS;
    if (finishedOnes === AGENCIES && !random.oneIn(3)) {
      const { winners, digest } = this.winners;
      this.state.draw = { id: 'f'.repeat(16), timeMs: 1, winningNumber: 7574, winners, digest };
      this.isDrawn = true;
    }
    this.central = this.createCentral(connectionsMax);
    this.central.start();
  }

  private createCentral(connectionsMax: number): WiredCentral {
    const { random, clock, store } = this;
    const created: WiredCentral[] = [];
    const onFatal = (error: unknown): never => {
      throw error;
    };
    createCentral(
      {
        clock,
        logger: SILENT,
        store,
        parser: random.oneIn(2) ? new InlineParser() : this.slowParser(),
        terms: TERMS,
        edition: 'lottery',
        window: WINDOW,
        createCodec: () => new NativeServerCodec(),
        peerLimits: {
          ...DEFAULT_PEER_LIMITS,
          connectionsMax,
          connectionsPerAddressMax: connectionsMax,
        },
        onFatal,
      },
      (central) => {
        created.push(central);
      },
      onFatal,
    );
    const [central] = created;
    if (central === undefined) throw new Violation('a central that does not begin');
    return central;
  }

  committed(agency: number): number {
    return this.of(agency).count;
  }

  isFinished(agency: number): boolean {
    return this.of(agency).finished;
  }

  checksumAt(agency: number, count: number): number | undefined {
    return this.stored[agency]?.ends.get(count);
  }

  winnersOf(agency: number): readonly string[] {
    return this.winners.page(agency, 0, Infinity);
  }

  introductions(agency: number): number {
    return this.introduced[agency] ?? 0;
  }

  noteIntroduction(agency: number): void {
    this.introduced[agency] = this.introductions(agency) + 1;
  }

  noteBets(agency: number, checksum: number, count: number): void {
    this.sentChecksums[agency]?.add(checksum);
    this.sentBets[agency] = (this.sentBets[agency] ?? 0) + count;
  }

  progressOf(agency: number): Progress {
    return this.stored[agency] ?? { count: 0, checksum: 0 };
  }

  /** Lets something happen that was waiting: a turn, the disk, the pool, the draw. */
  step(): boolean {
    switch (this.random.below(4)) {
      case 0:
        return this.completeCommit() || this.completePostponed() || this.clock.turn();
      case 1:
        return this.completePostponed() || this.clock.turn() || this.completeCommit();
      default:
        return this.clock.turn() || this.completeCommit() || this.completePostponed();
    }
  }

  /** Lets everything happen that was waiting. */
  settle(): void {
    for (let i = 0; this.step(); i++) {
      if (i > 100_000) throw new Violation('the central does not come to rest');
    }
  }

  private of(agency: number): Stored {
    const stored = this.stored[agency];
    if (stored === undefined) throw new Violation(`agency ${String(agency)} is not expected`);
    return stored;
  }

  /** Everything in memory, and answered when the world says so. */
  private get store(): BetStore {
    const { state } = this;
    return {
      ...{ name: 'memory', kind: 'directory' },
      state,
      claim: (agency) => this.totals(agency),
      commit: (group, done) => {
        this.commit(group, done);
      },
      record: (entries) => entries,
      followOthers: () => undefined,
      publishTerms: () => undefined,
      recall: () => undefined,
      loadWinners: () => (state.draw === null ? null : this.lateWinners),
      findWinners: () => this.draw(),
      digest: () => ({ csvBytes: 0, blocks: { blockBytes: 4_096, hashes: [] }, state }),
      loadActa: () => null,
      saveActa: () => undefined,
      abandon: () => undefined,
      close: (done) => {
        done();
      },
    };
  }

  private totals(agency: number): AgencyTotals {
    const { count: stored, checksum, finished, rejected } = this.of(agency);
    return { agency, stored, checksum, finished, rejected };
  }

  private commit({ entries }: CommitGroup, done: (result: CommitResult) => void): void {
    if (entries.length === 0) {
      done(NONE_REFUSED);
      return;
    }
    if (this.commits.length > 0) throw new Violation('two commits at a time');
    this.checkWindow(entries);
    this.commits.push({ entries, done });
    if (this.random.oneIn(2)) this.completeCommit();
  }

  /** No connection may have more than a window of batches waiting for the disk. */
  private checkWindow(entries: readonly StoreEntry[]): void {
    const batches = new Array<number>(AGENCIES + 1).fill(0);
    for (const entry of entries) {
      if (entry.kind !== 'bets') continue;
      const count = (batches[entry.agency] ?? 0) + 1;
      batches[entry.agency] = count;
      const connections = this.introductions(entry.agency);
      if (count > WINDOW * connections) throw new Violation('more batches than the window');
    }
  }

  private completeCommit(): boolean {
    const commit = this.commits.shift();
    if (commit === undefined) return false;
    for (const entry of commit.entries) {
      this.apply(entry);
      applyEntry(this.state, entry);
    }
    commit.done(NONE_REFUSED);
    return true;
  }

  /** What is stored must be valid bets of an agency that sent them, in order. */
  private apply(entry: StoreEntry): void {
    if (entry.kind === 'draw') {
      if (this.isDrawn) throw new Violation('a second draw');
      this.isDrawn = true;
      return;
    }
    if (entry.kind === 'acta_digest') {
      if (!this.isDrawn) throw new Violation('an acta without a draw');
      return;
    }
    if (!('agency' in entry)) throw new Violation('an agency changed the terms, or the draw');
    const stored = this.of(entry.agency);
    if (this.introductions(entry.agency) === 0) throw new Violation('an agency that nobody was');
    if (stored.finished) throw new Violation('stored for an agency that has finished');
    if (entry.kind === 'rejected') {
      stored.rejected += entry.count;
      if (entry.count === 0 || stored.rejected > this.rejectedMax(entry.agency)) {
        throw new Violation('rejected, and not sent');
      }
      return;
    }
    if (entry.kind === 'finished') {
      stored.finished = true;
      return;
    }
    const rows = Buffer.from(entry.rows);
    if (countRows(rows, entry.agency) !== entry.count) throw new Violation('bad rows were stored');
    if (crc32(rows, stored.checksum) !== entry.checksum) throw new Violation('out of order');
    this.checkSource(entry.agency, rows, entry.checksum);
    stored.count += entry.count;
    stored.checksum = entry.checksum;
    stored.ends.set(stored.count, stored.checksum);
  }

  /** Bets of an agency that may have been rejected so far: as many as were sent. */
  protected rejectedMax(agency: number): number {
    return this.sentBets[agency] ?? 0;
  }

  /** What is stored must have been sent. */
  protected checkSource(agency: number, _rows: Buffer, checksum: number): void {
    if (this.sentChecksums[agency]?.has(checksum) !== true) {
      throw new Violation('stored what nobody sent for this agency');
    }
  }

  /** As the pool does it. */
  private slowParser(): Parser {
    return {
      parse: (messages) =>
        messages.length === 0 ? [] : this.postpone<Parsed[]>(() => slabs.parseAll(messages)),
    };
  }

  private draw(): PromiseLike<DrawnWinners> {
    if (this.isDrawing || this.stored.some(({ finished }, i) => i > 0 && !finished)) {
      throw new Violation('a draw that is not due');
    }
    this.isDrawing = true;
    return this.postpone(() => this.lateWinners);
  }

  /** The winners, of which some pages come later. */
  private get lateWinners(): DrawnWinners {
    const { winners, random } = this;
    return {
      winners: winners.winners,
      digest: winners.digest,
      total: (agency) => winners.total(agency),
      digits: (agency) => winners.digits(agency),
      page: (agency, first, bytesMax) => {
        const read = (): readonly string[] => winners.page(agency, first, bytesMax);
        return random.oneIn(2) ? read() : this.postpone(read);
      },
    };
  }

  /** A result that comes when the world says so. */
  private postpone<T>(value: () => T): PromiseLike<T> {
    const later = new Later<T>();
    this.postponed.push(() => {
      later.resolve(value());
    });
    return later;
  }

  private completePostponed(): boolean {
    const task = this.postponed.shift();
    task?.();
    return task !== undefined;
  }
}
