/**
 * The store: bets.csv and its commit journal in one directory.
 *
 * One commit at a time: it is written to the journal and synced (once), then its rows go to bets.csv, then
 * `done` is called. bets.csv is synced in the background, when a journal segment is full, and at the end. A
 * failed write or sync is never retried: the state of the disk is then unknown, so the caller must stop, and
 * the next start recovers.
 */
import { join } from 'node:path';
import type { LoteriaError } from '../../base/errors';
import { invariant, InvariantError } from '../../base/invariant';
import { applyEntry, type StoreEntry, type StoreState } from '../state';
import { storeError } from '../store-error';
import { closeQuietly, writeAll, type FileDescriptor } from './directory/files';
import type { StoreGuard } from './directory/guard';
import type { Journal } from './journal/journal';
import { CSV_NAME, recover, type OpenFile, type RecoveryOptions } from './journal/recovery';
import { refuseLeftovers } from './leftovers';
import { NEXT_STORE_PHASES, type StorePhase } from './store-phase';

export interface StoreOptions extends RecoveryOptions {
  /** Called once when a write or sync failed; nothing can be stored any more. */
  readonly onFailure: (error: LoteriaError) => void;
}

/** What opening a store found. */
export interface RecoveryReport {
  readonly restoredBytes: number;
  readonly torn: boolean;
}

export class Store {
  private phase: StorePhase = 'idle';
  /** How much of bets.csv is known to be on disk. */
  private csvSyncedBytes: number;
  /** The sync of bets.csv under way, and what waits for it: a commit, or closing. Null: there is none. */
  private csvSync: { next: () => void } | null = null;

  private constructor(
    private readonly options: StoreOptions,
    private readonly journal: Journal,
    private readonly csv: FileDescriptor,
    private readonly open: readonly OpenFile[],
    private readonly current: StoreState,
    readonly recovery: RecoveryReport,
  ) {
    this.csvSyncedBytes = current.csvBytes;
  }

  /**
   * Opens a directory, which must exist and be locked, and recovers what is in it.
   *
   * @throws LoteriaError STORE_DAMAGED, STORE_IO; CONFIG_INVALID for a store of another edition; what
   *   `demand` throws
   */
  static open(options: StoreOptions): Store {
    try {
      refuseLeftovers(options.files, options.directory);
      const { state, journal, csv, open, restoredBytes, torn } = recover(options);
      return new Store(options, journal, csv, open, state, { restoredBytes, torn });
    } catch (error) {
      throw storeError(options.directory, error);
    }
  }

  /** Changed when a commit is durable, and not before: entries on their way to the disk are not in it. */
  get state(): Readonly<StoreState> {
    return this.current;
  }

  get csvPath(): string {
    return join(this.options.directory, CSV_NAME);
  }

  /** Lets `guard` watch every file from now on. @throws LoteriaError STORE_IO, with all files closed */
  watchedBy(guard: StoreGuard): void {
    const difference = (fd: FileDescriptor): string | null =>
      this.phase === 'failed' ? null : this.journal.differenceIn(fd);
    try {
      for (const { path, fd } of this.open) guard.watch(path, fd, () => difference(fd));
      guard.check();
    } catch (error) {
      this.setPhase('closed');
      const descriptors = this.open.map(({ fd }) => fd);
      closeQuietly(this.options.files, descriptors);
      throw error;
    }
  }

  /**
   * bets.csv, open for as long as the store is: whatever becomes of its name, these are the bytes that
   * were stored. It is for reading only.
   */
  get csvDescriptor(): FileDescriptor {
    return this.csv;
  }

  /**
   * Makes `entries` durable, all or none. One commit at a time.
   *
   * @param done called when they are durable; when they cannot be, `onFailure` is called instead
   */
  commit(entries: readonly StoreEntry[], done: () => void): void {
    this.setPhase('committing');
    this.guarded(() => {
      this.withRoomFor(entries, () => {
        this.journal.append(this.current, entries);
        this.journal.syncLater((error) => {
          const stored = this.guarded(() => {
            if (error !== null) throw error;
            this.complete(entries);
            this.setPhase('idle');
          });
          if (stored) done();
        });
      });
    });
  }

  /** The same as a promise. @returns when they are durable */
  commitNow(entries: readonly StoreEntry[]): Promise<void> {
    return new Promise((resolve) => {
      this.commit(entries, resolve);
    });
  }

  /**
   * Syncs bets.csv and closes the files. Must not be called during a commit.
   *
   * @param done called when it is closed; a failed last sync goes to `onFailure` first
   */
  close(done: () => void): void {
    if (this.phase !== 'failed') this.setPhase('closing');
    // A sync under way must not find its descriptor closed, or used for another file.
    this.whenCsvSynced(() => {
      this.guarded(() => {
        this.options.files.sync(this.csv);
      });
      for (const { fd } of this.open) {
        this.attempt(() => {
          this.options.files.close(fd);
        });
      }
      this.setPhase('closed');
      done();
    });
  }

  /** The journal has them; now bets.csv gets the rows. */
  private complete(entries: readonly StoreEntry[]): void {
    const rows: Uint8Array[] = [];
    for (const entry of entries) if (entry.kind === 'bets') rows.push(entry.rows);
    writeAll(this.options.files, this.csv, rows, this.current.csvBytes);
    for (const entry of entries) applyEntry(this.current, entry);
    this.current.sequence++;
    // Rows in bets.csv prove that the commit they came with was complete. A commit without rows has
    // only what is behind it in the journal to prove that it was not torn.
    if (rows.length === 0) this.journal.seal(this.current);
  }

  /** Continues once the journal has space for `entries`. */
  private withRoomFor(entries: readonly StoreEntry[], next: () => void): void {
    if (this.journal.fits(entries)) {
      next();
      return;
    }
    invariant(this.journal.canHold(this.current, entries), 'a commit must fit a segment');
    this.whenCsvSynced(() => {
      this.guarded(() => {
        this.releaseOtherSegment(() => {
          this.journal.startSegment(this.current, this.csvSyncedBytes);
          this.afterJournalSync(() => {
            this.syncCsvLater();
            next();
          });
        });
      });
    });
  }

  /** Makes durable that the other segment, whose rows are in bets.csv by now, is needed no more. */
  private releaseOtherSegment(next: () => void): void {
    if (!this.journal.needsOther) {
      next();
      return;
    }
    this.journal.append(this.current, [{ kind: 'csv_synced', bytes: this.csvSyncedBytes }]);
    this.current.sequence++;
    this.afterJournalSync(next);
  }

  private afterJournalSync(next: () => void): void {
    this.journal.syncLater((error) => {
      this.guarded(() => {
        if (error !== null) throw error;
        next();
      });
    });
  }

  private whenCsvSynced(next: () => void): void {
    if (this.csvSync === null) next();
    else this.csvSync.next = next;
  }

  /** Starts to bring bets.csv to disk as far as it is now, for the next turn-over. */
  private syncCsvLater(): void {
    const bytes = this.current.csvBytes;
    const sync = { next: (): void => undefined };
    this.csvSync = sync;
    this.options.files.syncLater(this.csv, (error) => {
      this.csvSync = null;
      this.guarded(() => {
        if (error !== null) throw error;
        this.csvSyncedBytes = bytes;
      });
      sync.next();
    });
  }

  /** The only place where the phase changes. It is not logged: it changes twice with each commit. */
  private setPhase(to: StorePhase): void {
    const from = this.phase;
    invariant(NEXT_STORE_PHASES[from].includes(to), `the store went from ${from} to ${to}`);
    this.phase = to;
  }

  /**
   * Runs a step that writes; an error of the disk ends the store.
   *
   * @returns whether the step was done
   */
  private guarded(step: () => void): boolean {
    return this.phase !== 'failed' && this.phase !== 'closed' && this.attempt(step);
  }

  /** The same, also when something has failed before; only the first failure is reported. */
  private attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      if (this.phase !== 'failed') {
        this.setPhase('failed');
        this.options.onFailure(storeError(this.options.directory, error));
      }
      return false;
    }
  }
}
