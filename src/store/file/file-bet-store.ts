/**
 * The default engine: bets in files of one directory, which belongs to one central. So every agency
 * is this central's, whatever it has committed is durable, and no entry is refused.
 */
import type { Clock } from '../../base/clock';
import { whenThere, type Eventual } from '../../base/eventual';
import type { Logger } from '../../base/log/log';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import type { Edition } from '../../domain/contest';
import { actaBetsOf, type Acta } from '../acta';
import { differenceFromRecord } from '../acta-check';
import {
  NONE_REFUSED,
  type Winners,
  type BetsDigest,
  type BetStore,
  type CommitGroup,
  type CommitResult,
  type StoredBlock,
  type StoreListener,
  type StorePlace,
} from '../bet-store';
import { logRecovery } from '../log-recovery';
import { totalsOf, type AgencyTotals, type BareDraw, type StoreState } from '../state';
import { damaged, withStoreCode } from '../store-error';
import { demandOwnFiles, PublishedFiles } from './acta/published-files';
import type { BetsAudit } from './bets/bets-audit';
import type { Files } from './directory/files';
import { guardedFiles, type StoreGuard } from './directory/guard';
import { StoreWatch } from './directory/store-watch';
import { Drawing } from './drawing';
import { Store } from './store';
import { PersistedWinners } from './winners/persist-winners';
import type { WinnersFile } from './winners/winners-file';

export interface FileStoreOptions {
  readonly directory: string;
  readonly files: Files;
  /** Size of a journal segment. */
  readonly segmentBytes: number;
  /** What must be stored, or is to be stored in a new directory. */
  readonly edition: Edition;
  /** Throws to refuse the stored terms, before anything is changed; undefined: any will do. */
  readonly demandTerms?: (place: StorePlace, state: Readonly<StoreState>) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lets all ranges of an audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
  /** Calls `step` until it returns true, and lets other work happen in between. */
  readonly runSteps: (step: () => boolean) => PromiseLike<void>;
  /** Watches what holds the directory, and every file that is opened here. */
  readonly guard: StoreGuard;
  /** Bytes of bets.csv in a range, where a simulation needs its own. */
  readonly rangeBytes?: number;
}

export class FileBetStore implements BetStore {
  readonly kind = 'directory';
  /** The journal has one order for everything. */
  readonly record = <T>(entries: T): T => entries;
  readonly name: string;
  private readonly files: Files;
  private readonly drawing: Drawing;
  private readonly watch: StoreWatch;
  private readonly published: PublishedFiles;
  private winners: WinnersFile | null = null;
  /** 2020 edition: the file of winners. */
  private persisted: PersistedWinners | null = null;

  private constructor(
    private readonly options: FileStoreOptions,
    private readonly listener: StoreListener,
    private readonly store: Store,
  ) {
    const { directory, guard, clock, logger, readRanges, runSteps, rangeBytes } = options;
    this.name = directory;
    this.files = guardedFiles(options.files, guard);
    this.published = new PublishedFiles(this.files, directory, guard);
    this.drawing = new Drawing({
      files: this.files,
      directory,
      store,
      readRanges,
      runSteps,
      onWinnersLost: (reason) => {
        logger.warning('winners_file', 'in_progress', { reason });
      },
      onServed: guard.watch.bind(guard),
      ...(rangeBytes === undefined ? {} : { rangeBytes }),
    });
    const onFatal = listener.onFailure.bind(listener);
    this.watch = new StoreWatch({ guard, clock, onFatal });
  }

  /**
   * Opens a directory, which must exist and be locked, and recovers what is in it.
   *
   * @throws LoteriaError STORE_DAMAGED, STORE_IO; CONFIG_INVALID for a store of another edition, or other terms
   */
  static open(options: FileStoreOptions, listener: StoreListener): FileBetStore {
    const { directory, files, segmentBytes, edition, guard, demandTerms } = options;
    const onFailure = listener.onFailure.bind(listener);
    const demand = (state: Readonly<StoreState>): void => {
      demandTerms?.({ kind: 'directory', name: directory }, state);
      demandOwnFiles(files, directory, state);
    };
    const store = Store.open({ directory, files, segmentBytes, edition, onFailure, demand });
    const { restoredBytes, torn } = store.recovery;
    logRecovery(options.logger, directory, store.state, {
      restored_bytes: restoredBytes,
      torn_commit: torn ? 'cut' : 'none',
    });
    store.watchedBy(guard);
    return new FileBetStore(options, listener, store);
  }

  get state(): Readonly<StoreState> {
    return this.store.state;
  }

  claim(agency: number): Readonly<AgencyTotals> {
    return totalsOf(this.store.state, agency);
  }

  commit({ entries }: CommitGroup, done: (result: CommitResult) => void): void {
    if (entries.length === 0) {
      done(NONE_REFUSED);
      return;
    }
    this.store.commit(entries, () => {
      if (this.persisted !== null) {
        try {
          for (const entry of entries) {
            if (entry.kind === 'bets') this.persisted.append(entry.winners ?? []);
          }
        } catch (error) {
          this.listener.onFailure(withStoreCode(this.name, error));
          return;
        }
      }
      if (this.watch.mayAcknowledge(entries)) done(NONE_REFUSED);
    });
  }

  followOthers(): void {
    // The directory belongs to one central.
  }

  publishTerms(): void {
    this.attempt(() => {
      this.published.publishTerms(this.state);
    });
  }

  recall(use: (block: StoredBlock) => void): void {
    const { files, name, store } = this;
    this.persisted = this.attempt(() =>
      PersistedWinners.rebuild(files, name, store.csvPath, store.state, use),
    );
    this.persisted.watchedBy(this.options.guard);
  }

  loadWinners(): Eventual<Winners | null> {
    return this.attempt(() =>
      whenThere(this.winnersOfDraw(), (winners) => {
        this.winners = winners;
        this.ownActa();
        this.watch.start();
        return winners;
      }),
    );
  }

  findWinners(number: number): PromiseLike<WinnersFile> {
    return this.drawing.find(number).then((winners) => {
      this.published.expectActa();
      this.winners = winners;
      return winners;
    });
  }

  digest(): Eventual<BetsDigest> {
    return this.attempt(() =>
      this.drawing.hash().then((blocks) => {
        const { state, csvPath } = this.store;
        const difference = differenceFromRecord(actaBetsOf(state.csvBytes, blocks), state);
        if (difference !== null) throw damaged(csvPath, 0, difference);
        return { csvBytes: state.csvBytes, blocks, state };
      }),
    );
  }

  loadActa(): Acta | null {
    return this.attempt(() => this.ownActa());
  }

  saveActa(acta: Acta): void {
    this.attempt(() => {
      this.published.saveActa(acta);
    });
  }

  abandon(): void {
    this.watch.stop();
    this.drawing.end();
  }

  close(done: () => void): void {
    this.abandon();
    try {
      this.published.close();
      this.persisted?.close();
    } catch (error) {
      this.listener.onFailure(withStoreCode(this.name, error));
    }
    this.store.close(done);
  }

  /** The winners of a draw that was made; what came out of one of an earlier version is recorded. */
  private winnersOfDraw(): Eventual<WinnersFile | null> {
    const { draw, bareDraw } = this.store.state;
    if (bareDraw === null) return draw === null ? null : this.drawing.reload(draw);
    // It recorded only that it was made: what came out follows from the bets.
    return this.drawing
      .find(LOTTERY_WINNER_NUMBER)
      .then((winners) => this.recordDraw(bareDraw, winners).then(() => winners));
  }

  private recordDraw({ id, timeMs }: BareDraw, drawn: WinnersFile): Promise<void> {
    const { winners, digest } = drawn;
    const draw = { id, timeMs, winningNumber: LOTTERY_WINNER_NUMBER, winners, digest };
    return this.store.commitNow([{ kind: 'draw', draw }]);
  }

  /** The acta of the directory, which must be that of its draw. */
  private ownActa(): Acta | null {
    return this.published.acta(this.state, (agency) => this.winners?.total(agency) ?? 0);
  }

  /** Gives errors of the file system a stable code. */
  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw withStoreCode(this.name, error);
    }
  }
}
