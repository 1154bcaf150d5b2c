/** The points of the charts: the samples, and the gaps between them in which no central ran. */
import type { Sample } from '../../../src/board/feed';

/** A sample begins where the one before ended, but for how exactly the clocks agree. */
const GAP_MIN_MS = 750;

export interface Point {
  readonly atMs: number;
  /** null: in a gap. */
  readonly sample: Sample | null;
}

/** When there was no central, in milliseconds since 1970. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param samples oldest first */
export function gapsOf(samples: readonly Sample[]): readonly Gap[] {
  return samples.flatMap(({ atMs, seconds }, i) => {
    const before = samples[i - 1];
    if (before === undefined) return [];
    const gap = { fromMs: before.atMs, toMs: atMs - seconds * 1_000 };
    return gap.toMs - gap.fromMs < GAP_MIN_MS ? [] : [gap];
  });
}

/** The samples, with one point in each gap, at which lines end. */
export function pointsOf(samples: readonly Sample[], gaps: readonly Gap[]): readonly Point[] {
  const points: Point[] = samples.map((sample) => ({ atMs: sample.atMs, sample }));
  for (const { fromMs, toMs } of gaps) points.push({ atMs: (fromMs + toMs) / 2, sample: null });
  return points.sort((a, b) => a.atMs - b.atMs);
}
