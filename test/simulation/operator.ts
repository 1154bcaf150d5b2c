/** What an operator does with the directory of a central that is not running. */
import { LoteriaError } from '../../src/base/errors';
import type { Edition } from '../../src/domain/contest';
import { agreeOnTerms } from '../../src/server/draw/agree-terms';
import { Store } from '../../src/store/file/store';
import { isUntouched, type StoreEntry } from '../../src/store/state';
import { awaitedSalt } from '../../src/tools/store/store-salt';
import { changeableAgencies } from '../../src/tools/store/store-agencies';
import type { MemoryFiles } from '../support/memory-files';
import type { Book } from './book';
import { DIRECTORY, wantedTerms, type CentralSettings } from './central-settings';
import { describe } from './sim-process';
import { SALT } from './winning-number';
import type { World } from './world';

export class Operator {
  /** How many agencies the next start is told of. */
  agencies: number;
  /** Changes that are still to be made. */
  private readonly plan: number[];

  constructor(
    private readonly world: World,
    private readonly book: Book,
    private readonly settings: CentralSettings,
  ) {
    const [first, ...others] = settings.agenciesPlan;
    this.agencies = first;
    this.plan = others;
  }

  /** Whether all agencies that are expected do bet. */
  get isSettled(): boolean {
    return this.plan.length === 0;
  }

  /** Starts a central with other settings: it must not come up, nor change anything. */
  tryOtherSettings(disk: MemoryFiles): void {
    const { world, settings, agencies } = this;
    const { edition } = settings;
    const before = disk.contents();
    if (!before.has(`${DIRECTORY}/journal.a`)) return;
    const other = edition === 'lottery' ? '2020' : 'lottery';
    this.expectRefused(() => this.open(disk, other), 'other settings');
    demandUnchanged(world, disk, before, `a start in edition ${other}`);
    const store = this.open(disk, edition);
    if (!isUntouched(store.state)) {
      const wanted = wantedTerms(settings, agencies);
      const otherAgencies = { ...wanted, agencies: agencies + world.random.pick([1, -1]) };
      const otherNumber = { ...wanted, winningNumber: { kind: 'fixed', number: 1234 } as const };
      const place = { name: DIRECTORY, kind: 'directory' } as const;
      for (const terms of [otherAgencies, otherNumber]) {
        const start = (): unknown => agreeOnTerms(place, store.state, terms, () => '');
        this.expectRefused(start, 'other settings');
      }
    }
    store.close(() => undefined);
  }

  /**
   * Makes the next change of the plan as `loteria store agencies` does.
   *
   * @returns the disk afterwards: the power may go while the command runs
   */
  changeAgencies(disk: MemoryFiles): MemoryFiles {
    const { world, book, settings } = this;
    const [to] = this.plan;
    if (to === undefined || !disk.contents().has(`${DIRECTORY}/journal.a`)) return disk;
    const store = this.open(disk, settings.edition);
    const { state } = store;
    if (state.terms === null || isUntouched(state)) {
      // A central that nobody has bet at is simply started with another number.
      store.close(() => undefined);
      if (state.terms !== null) this.accept();
      return disk;
    }
    this.expectRefusedChange(store);
    const change = {
      from: changeableAgencies(DIRECTORY, state, to),
      to,
      timeMs: 1_700_000_000_000 + world.nowMs,
    };
    world.note('operator', 'changes the number of agencies to', to);
    if (change.from !== to) {
      book.agenciesChanges.offer(change);
      const isStored = this.commit(disk, store, { kind: 'agencies', change });
      if (!isStored) return this.changeAgencies(disk.crash(world.random.next));
    }
    book.agenciesChanges.keep();
    store.close(() => undefined);
    while (disk.completeSync());
    this.accept();
    return disk;
  }

  /**
   * Records the salt as `loteria store salt` does, once the digest of all bets was published.
   *
   * @returns the disk afterwards: the power may go while the command runs
   */
  recordSalt(disk: MemoryFiles): MemoryFiles {
    const { world, book, settings } = this;
    if (!disk.contents().has(`${DIRECTORY}/journal.a`)) return disk;
    const store = this.open(disk, settings.edition);
    const { state } = store;
    if (!book.number.isDigestPublished) {
      // It may be on the disk, and not published; then the command would be taken.
      if (state.betsDigest === null) {
        this.expectRefused(() => awaitedSalt(DIRECTORY, state, SALT), 'salt');
      }
      store.close(() => undefined);
      return disk;
    }
    const { wasThere } = this.expectAwaited(state);
    if (wasThere) {
      this.expectRefused(() => awaitedSalt(DIRECTORY, state, `${SALT}0`), 'salt');
      if (state.salt !== null) book.number.onSalt(state.salt.timeMs);
    } else {
      const timeMs = 1_700_000_000_000 + world.nowMs;
      world.note('operator', 'records the salt');
      const salt = { value: SALT, timeMs };
      const isStored = this.commit(disk, store, { kind: 'salt', salt });
      if (!isStored) return this.recordSalt(disk.crash(world.random.next));
      book.number.onSalt(timeMs);
    }
    this.expectRefused(() => changeableAgencies(DIRECTORY, state, this.agencies + 1), 'agencies');
    store.close(() => undefined);
    while (disk.completeSync());
    return disk;
  }

  /** @returns false: the power goes meanwhile, and the command is run again, whatever became of it */
  private commit(disk: MemoryFiles, store: Store, entry: StoreEntry): boolean {
    const progress = { isDurable: false };
    store.commit([entry], () => {
      progress.isDurable = true;
    });
    if (this.world.random.chance(0.2)) return false;
    while (disk.completeSync());
    if (!progress.isDurable) this.world.fail(entry.kind, 'not durable when the command ends');
    return true;
  }

  private expectAwaited(state: Store['state']): ReturnType<typeof awaitedSalt> {
    try {
      return awaitedSalt(DIRECTORY, state, SALT);
    } catch (error) {
      return this.world.fail('salt', describe('refused, though it is awaited', error));
    }
  }

  private accept(): void {
    this.agencies = this.plan.shift() ?? this.agencies;
    this.book.absent = this.agencies - this.settings.agencies;
  }

  /** Nobody may leave who has bet, and nobody may join behind a draw. */
  private expectRefusedChange({ state }: Store): void {
    const highest = Math.max(0, ...state.agencies.keys());
    if (highest > 1) {
      this.expectRefused(() => changeableAgencies(DIRECTORY, state, highest - 1), 'agencies');
    }
    if (state.draw === null) return;
    this.world.fail('no early draw', 'the number of agencies changes behind the draw');
  }

  private open(disk: MemoryFiles, edition: Edition): Store {
    const { segmentBytes } = this.settings;
    const onFailure = (error: unknown): void => {
      this.world.fail('recovery', describe('the operator', error));
    };
    return Store.open({ directory: DIRECTORY, files: disk, segmentBytes, edition, onFailure });
  }

  private expectRefused(work: () => unknown, check: string): void {
    try {
      work();
    } catch (error) {
      if (error instanceof LoteriaError && error.code === 'CONFIG_INVALID') return;
      this.world.fail(check, describe('refused otherwise', error));
    }
    this.world.fail(check, 'they were taken');
  }
}

/** A refusal must leave every file as it was. */
export function demandUnchanged(
  world: World,
  disk: MemoryFiles,
  before: ReadonlyMap<string, Buffer>,
  what: string,
): void {
  for (const [path, bytes] of disk.contents()) {
    if (before.get(path)?.equals(bytes) === true) continue;
    world.fail('refused without a change', `${what} changed ${path}`);
  }
}
