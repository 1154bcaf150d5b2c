/** Spreads the batches of an agency over a duration, so that people can watch it bet. */
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { Batch, BetSource } from './batch';

/** How fast batches are given out. */
export interface Pace {
  readonly clock: Clock;
  /** How long the whole source takes. */
  readonly durationMs: number;
  /** Bytes of the whole source. */
  readonly totalBytes: number;
  /** Between two batches at most. */
  readonly gapMsMax: number;
}

/** What gives out batches one by one: a source of bets, a packer of messages. */
interface Batches<B> {
  next(): PromiseLike<B | null>;
  close(): void;
}

/** What the settings of an agency say of its pace. */
export interface PaceSettings {
  /** 0: no longer than it has to. */
  readonly paceMs: number;
  readonly retryForMs: number;
}

/**
 * The pace of a source, or null where there is none. A gap is short for the central, which takes long silence for a
 * lost agency, and for the agency's own patience, which counts from its last progress.
 */
export function paceOf(
  { paceMs, retryForMs }: PaceSettings,
  clock: Clock,
  totalBytes: number,
): Pace | null {
  if (paceMs === 0) return null;
  const gapMsMax = Math.min(LIMITS.paceGapMsMax, retryForMs / 2);
  return { clock, durationMs: paceMs, totalBytes, gapMsMax };
}

/** A source at the pace that the settings ask for. */
export function pacedSource(source: BetSource, settings: PaceSettings, clock: Clock): BetSource {
  const pace = paceOf(settings, clock, source.totalBytes);
  return pace === null ? source : new PacedSource(source, pace);
}

/** Each batch is due after the one before, by its share of the bytes; the first one is due at once. */
export class PacedBatches<B extends { readonly sourceBytes: number }> implements Batches<B> {
  /** The batch before: when it was due, and how far the source was read with it; null: there was none. */
  private last: { readonly dueMs: number; readonly sourceBytes: number } | null = null;
  private cancelWait: () => void = () => undefined;

  constructor(
    private readonly inner: Batches<B>,
    private readonly pace: Pace,
  ) {}

  async next(): Promise<B | null> {
    const batch = await this.inner.next();
    if (batch !== null) await this.wait(batch.sourceBytes);
    return batch;
  }

  /** A batch that is being waited for never comes. */
  close(): void {
    this.cancelWait();
    this.inner.close();
  }

  /** The source goes on elsewhere: the next batch is a first one. */
  protected restart(): void {
    this.last = null;
  }

  private async wait(sourceBytes: number): Promise<void> {
    const { clock } = this.pace;
    const nowMs = clock.nowMs();
    const dueMs = this.last === null ? nowMs : this.last.dueMs + this.gapMs(sourceBytes);
    // After a delay, as while there was no central, the pace is kept and nothing is caught up with.
    this.last = { dueMs: Math.max(dueMs, nowMs), sourceBytes };
    if (dueMs <= nowMs) return;
    await new Promise<void>((resolve) => {
      this.cancelWait = clock.after(dueMs - nowMs, resolve);
    });
  }

  private gapMs(sourceBytes: number): number {
    const { durationMs, totalBytes, gapMsMax } = this.pace;
    const share = (sourceBytes - (this.last?.sourceBytes ?? 0)) / Math.max(totalBytes, 1);
    return Math.min(durationMs * share, gapMsMax);
  }
}

/** A source of bets at a pace. */
export class PacedSource extends PacedBatches<Batch> implements BetSource {
  constructor(
    private readonly source: BetSource,
    pace: Pace,
  ) {
    super(source, pace);
  }

  get totalBytes(): number {
    return this.source.totalBytes;
  }

  startAt(stored: number, checksum: number): PromiseLike<void> {
    this.restart();
    return this.source.startAt(stored, checksum);
  }
}
