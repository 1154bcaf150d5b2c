/**
 * Group commit. Effects of all turns that pass while the disk is busy form one group: its entries
 * become durable with one sync, and only then do its replies leave, in order. So a reply can never
 * overtake the disk, or an earlier reply.
 */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { BetStore, CommitResult } from '../../store/bet-store';
import type { StoreEntry } from '../../store/state';
import type { Effect } from '../session/effects';

/** What may be done as soon as the group's entries are durable. */
export type Outcome = Exclude<Effect, { kind: 'store' }>;

interface Group {
  readonly entries: StoreEntry[];
  outcomes: Outcome[];
  /** Agencies to which the outcomes say that something is stored. */
  readonly promises: Set<number>;
  rowBytes: number;
}

/** Gets what a group came to: first `onSettled`, if the store was asked, then `onOutcomes`. */
export interface CommitListener {
  /** Entries are durable, but for those of agencies that were refused: by `result`, and why. */
  onSettled(entries: readonly StoreEntry[], result: CommitResult): void;
  /** Effects whose time has come, in order. */
  onOutcomes(outcomes: readonly Outcome[]): void;
}

export class CommitPipeline {
  private gathering: Group = emptyGroup();
  private committing: Group | null = null;

  constructor(
    private readonly store: Pick<BetStore, 'commit'>,
    private readonly listener: CommitListener,
    private readonly bytesMax: number = LIMITS.commitBytesMax,
  ) {}

  /** Bytes of rows that may still be gathered before the disk catches up. */
  get roomBytes(): number {
    if (this.gathering.outcomes.length >= LIMITS.outcomesWaitingMax) return 0;
    return this.bytesMax - this.gathering.rowBytes;
  }

  /** Whether nothing waits for the disk. */
  get isIdle(): boolean {
    const { entries, outcomes } = this.gathering;
    return this.committing === null && entries.length === 0 && outcomes.length === 0;
  }

  /**
   * Adds effects to the group that is being gathered. It is committed with the next {@link perform}, or when the
   * commit under way is done.
   */
  add(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'store') {
        this.gathering.entries.push(effect.entry);
        if (effect.entry.kind === 'bets') this.gathering.rowBytes += effect.entry.rows.length;
        continue;
      }
      this.gathering.outcomes.push(effect);
      const { kind } = effect;
      if (kind !== 'reply' && kind !== 'winners_page' && kind !== 'all_winners') continue;
      if (effect.dependsOn !== undefined) this.gathering.promises.add(effect.dependsOn);
    }
  }

  /** Adds effects, and commits what is gathered if the disk is idle. */
  perform(effects: readonly Effect[]): void {
    this.add(effects);
    this.push();
  }

  /** Commits the gathered group, unless the disk is still busy with the previous one. */
  private push(): void {
    if (this.committing !== null) return;
    const group = this.gathering;
    this.gathering = emptyGroup();
    const { entries, promises } = group;
    if (entries.length === 0 && promises.size === 0) {
      if (group.outcomes.length > 0) this.listener.onOutcomes(group.outcomes);
      return;
    }
    this.committing = group;
    this.store.commit({ entries, promises }, (result) => {
      this.complete(group, result);
    });
  }

  private complete(group: Group, result: CommitResult): void {
    invariant(this.committing === group, 'commits must complete one by one');
    const { refused } = result;
    const settled = refused.size === 0 ? group.entries : this.drop(group, refused);
    this.listener.onSettled(settled, result);
    this.committing = null;
    this.listener.onOutcomes(group.outcomes);
    this.push();
  }

  /**
   * Drops what depends on refused entries; that includes what was gathered since, which builds on them.
   *
   * @returns all entries that are settled now
   */
  private drop(group: Group, refused: ReadonlySet<number>): readonly StoreEntry[] {
    const isRefused = (entry: StoreEntry): boolean =>
      'agency' in entry && refused.has(entry.agency);
    const isKept = (outcome: Outcome): boolean => !dependsOnOne(outcome, refused);
    group.outcomes = group.outcomes.filter(isKept);
    const { entries, outcomes } = this.gathering;
    this.gathering = emptyGroup();
    this.add(outcomes.filter(isKept));
    for (const entry of entries) if (!isRefused(entry)) this.add([{ kind: 'store', entry }]);
    return [...group.entries, ...entries.filter(isRefused)];
  }
}

function emptyGroup(): Group {
  return { entries: [], outcomes: [], promises: new Set(), rowBytes: 0 };
}

/** Whether this says that something is stored which is not. */
function dependsOnOne(outcome: Outcome, refused: ReadonlySet<number>): boolean {
  if (!('dependsOn' in outcome)) return false;
  return outcome.dependsOn !== undefined && refused.has(outcome.dependsOn);
}
