/** How late the event loop is, as the process measures it itself. */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { LIMITS } from '../base/limits';
import { decades, Histogram } from './histogram';

const NS_PER_S = 1e9;

export class LoopDelay {
  /** In seconds. */
  readonly seconds = new Histogram(decades(1e-4, 10));
  private readonly monitor: IntervalHistogram;

  constructor() {
    this.monitor = monitorEventLoopDelay({ resolution: LIMITS.loopDelayPeriodMs });
    this.monitor.enable();
  }

  /** Takes what was measured since the last call into {@link seconds}. */
  drain(): void {
    drainInto(this.seconds, this.monitor);
    this.monitor.reset();
  }

  close(): void {
    this.monitor.disable();
  }
}

/** What a monitor knows of its values, in nanoseconds. */
export interface Monitored {
  readonly count: number;
  /** Value by percentile: at least so many percent of all values are not above it. */
  readonly percentiles: ReadonlyMap<number, number>;
}

/** The monitor measures its period and the delay together; only the delay is taken. */
export function drainInto(histogram: Histogram, { count, percentiles }: Monitored): void {
  let taken = 0;
  for (const [percentile, ns] of [...percentiles].sort(([a], [b]) => a - b)) {
    const upTo = Math.round((count * percentile) / 100);
    if (upTo <= taken) continue;
    const delay = Math.max(0, ns / NS_PER_S - LIMITS.loopDelayPeriodMs / 1_000);
    histogram.observe(delay, upTo - taken);
    taken = upTo;
  }
}
