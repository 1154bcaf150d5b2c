/** The samples of all runs of a central on one line of time, whatever its clock did meanwhile. */
import type { Sample } from '../../src/board/feed';

/** Samples of each run of a central, oldest first. Those of one run follow one another without a gap. */
export type Runs = readonly (readonly Sample[])[];

/** A sample, and where it ends on the line. */
export interface Moment {
  readonly sample: Sample;
  /** Index of its run. */
  readonly run: number;
  /**
   * Milliseconds since 1970 by the clock as it is now: that of the newest sample, from which the line goes
   * back by the lengths of samples. Only between runs, which share no other clock, calendar time counts.
   */
  readonly atMs: number;
}

/** Between two runs there is always something to see, even where the clock was set back. */
const BETWEEN_RUNS_MIN_MS = 1;

/** @returns all samples, oldest first; each ends later than the one before */
export function momentsOf(runs: Runs): readonly Moment[] {
  const all = runs.flatMap((samples, run) => samples.map((sample) => ({ sample, run })));
  const moments: Moment[] = [];
  let later: Moment | null = null;
  for (const { sample, run } of all.reverse()) {
    later = { sample, run, atMs: later === null ? sample.atMs : endBefore(later, sample, run) };
    moments.push(later);
  }
  return moments.reverse();
}

/** When a sample has begun, on the line. */
export function beginOf({ sample, atMs }: Moment): number {
  return atMs - sample.seconds * 1_000;
}

/** From the beginning of the first sample to the end of the last one, in milliseconds. */
export function spanMsOf(moments: readonly Moment[]): number {
  const [first] = moments;
  return first === undefined ? 0 : (moments.at(-1) ?? first).atMs - beginOf(first);
}

/** Where the sample before `later` ends. */
function endBefore(later: Moment, sample: Sample, run: number): number {
  const begin = beginOf(later);
  if (run === later.run) return begin;
  const pauseMs = later.sample.atMs - later.sample.seconds * 1_000 - sample.atMs;
  return begin - Math.max(BETWEEN_RUNS_MIN_MS, pauseMs);
}
