/** A store over a simulated disk, with what it was told and what it said. */
import { expect } from 'chai';
import { LoteriaError } from '../../src/base/errors';
import { Store } from '../../src/store/file/store';
import type { MemoryFiles } from './memory-files';
import { expectHolds, Ledger, type Commit, type Wish } from './store-ledger';

export const DIRECTORY = '/data';
export const CSV = '/data/bets.csv';
/** Every file that damage can be found in. */
const FILES = /\/(journal\.[ab]|bets\.csv)$/;

export interface PendingCommit {
  readonly entries: Commit;
  readonly acknowledged: boolean;
}

export class TestStore {
  readonly failures: LoteriaError[] = [];
  private readonly store: Store;

  /**
   * Opens the store; what opening throws passes through.
   *
   * @param ledger of the commits that were acknowledged so far
   */
  constructor(
    readonly files: MemoryFiles,
    segmentBytes: number,
    public ledger: Ledger = Ledger.empty,
  ) {
    this.store = Store.open({
      directory: DIRECTORY,
      files,
      segmentBytes,
      onFailure: (error) => {
        this.failures.push(error);
      },
    });
  }

  get state(): Store['state'] {
    return this.store.state;
  }

  get recovery(): Store['recovery'] {
    return this.store.recovery;
  }

  get csv(): Buffer {
    return this.files.contents().get(CSV) ?? Buffer.alloc(0);
  }

  /**
   * Begins a commit; `acknowledged` tells when the store has said that it is durable.
   *
   * @param onDone called at that moment
   */
  begin(wishes: readonly Wish[], onDone: () => void = () => undefined): PendingCommit {
    const entries = this.ledger.entries(wishes);
    const commit = { entries, acknowledged: false };
    this.store.commit(entries, () => {
      commit.acknowledged = true;
      this.ledger = this.ledger.after(entries);
      onDone();
    });
    return commit;
  }

  /** Commits, completing syncs until the store says that it is durable. */
  commit(...wishes: readonly Wish[]): boolean {
    const commit = this.begin(wishes);
    while (!commit.acknowledged && (this.completeJournalSync() || this.files.completeSync()));
    return commit.acknowledged;
  }

  /** Completes a sync of the journal, if one is under way; those of bets.csv have to wait. */
  completeJournalSync(): boolean {
    const which = this.files.pendingSyncs.findIndex((path) => path !== CSV);
    return which >= 0 && this.files.completeSync(which);
  }

  /** Begins to close; `done` tells when the store has said that it is closed. */
  beginToClose(): { readonly done: boolean } {
    const close = { done: false };
    this.store.close(() => {
      close.done = true;
    });
    return close;
  }

  /** Closes, completing the syncs that are under way. */
  close(): boolean {
    const close = this.beginToClose();
    while (!close.done && this.files.completeSync());
    return close.done;
  }

  /** Checks state and bets.csv against what was acknowledged. */
  expectHolds(ledger = this.ledger): void {
    expectHolds(this.state, this.csv, ledger);
  }
}

/** What opening is refused with, or null when it is not. */
export function refusalOf(open: () => unknown): LoteriaError | null {
  try {
    open();
    return null;
  } catch (error) {
    if (error instanceof LoteriaError) return error;
    throw error;
  }
}

/** Checks that this refuses a damaged store, and says where. */
export function expectDamage(error: LoteriaError | null, file: RegExp | string = FILES): void {
  expect(error?.code, error?.message ?? 'not refused').to.equal('STORE_DAMAGED');
  const [name = ''] = /^\/\S+(?=: offset \d+: \S)/.exec(error?.message ?? '') ?? [];
  expect(name, error?.message).to.match(file instanceof RegExp ? file : new RegExp(`${file}$`));
}
