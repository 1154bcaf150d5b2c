/** The points of the charts: the samples, and the gaps between them in which none were received. */
import type { Sample } from '../../../src/board/feed';
import { beginOf, type Moment } from '../timeline';

export interface Point {
  /** As in {@link Moment}. */
  readonly atMs: number;
  /** null: in a gap. */
  readonly sample: Sample | null;
}

/** From the last sample of one run of a central to the first one of the next; on the line of the points. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param moments oldest first */
export function gapsOf(moments: readonly Moment[]): readonly Gap[] {
  return moments.flatMap((moment, i) => {
    const before = moments[i - 1];
    if (before === undefined || before.run === moment.run) return [];
    return [{ fromMs: before.atMs, toMs: beginOf(moment) }];
  });
}

/** The samples, with one point in each gap, at which lines end. */
export function pointsOf(moments: readonly Moment[], gaps: readonly Gap[]): readonly Point[] {
  const points: Point[] = moments.map(({ atMs, sample }) => ({ atMs, sample }));
  for (const { fromMs, toMs } of gaps) points.push({ atMs: (fromMs + toMs) / 2, sample: null });
  return points.sort((a, b) => a.atMs - b.atMs);
}

/**
 * What the central's clock said at a place on the line, as in its log: it may have been set since.
 *
 * @param atMs as in {@link Point}
 * @returns milliseconds since 1970
 */
export function clockAt(points: readonly Point[], atMs: number): number {
  const samples = points.filter(({ sample }) => sample !== null);
  const point = samples.findLast((one) => one.atMs <= atMs) ?? samples[0];
  return atMs + (point?.sample ? point.sample.atMs - point.atMs : 0);
}
