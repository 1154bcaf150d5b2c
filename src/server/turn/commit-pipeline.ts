/**
 * Group commit. Effects of all turns that pass while the disk is busy form one group: its entries
 * become durable with one sync, and only then do its replies leave, in order. So a reply can never
 * overtake the disk, or an earlier reply.
 */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { BetStore } from '../../store/bet-store';
import type { StoreEntry } from '../../store/state';
import type { Effect } from '../session/effects';

/** What may be done as soon as the group's entries are durable. */
export type Outcome = Exclude<Effect, { kind: 'store' }>;

interface Group {
  readonly entries: StoreEntry[];
  readonly outcomes: Outcome[];
  rowBytes: number;
}

export interface CommitListener {
  /** Entries are durable. */
  onStored(entries: readonly StoreEntry[]): void;
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

  add(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'store') {
        this.gathering.entries.push(effect.entry);
        if (effect.entry.kind === 'bets') this.gathering.rowBytes += effect.entry.rows.length;
      } else this.gathering.outcomes.push(effect);
    }
  }

  /** Commits the gathered group, unless the disk is still busy with the previous one. */
  push(): void {
    if (this.committing !== null) return;
    const group = this.gathering;
    this.gathering = emptyGroup();
    if (group.entries.length === 0) {
      if (group.outcomes.length > 0) this.listener.onOutcomes(group.outcomes);
      return;
    }
    this.committing = group;
    this.store.commit({ entries: group.entries, promises: new Set() }, () => {
      this.complete(group);
    });
  }

  private complete(group: Group): void {
    invariant(this.committing === group, 'commits must complete one by one');
    this.listener.onStored(group.entries);
    this.committing = null;
    this.listener.onOutcomes(group.outcomes);
    this.push();
  }
}

function emptyGroup(): Group {
  return { entries: [], outcomes: [], rowBytes: 0 };
}
