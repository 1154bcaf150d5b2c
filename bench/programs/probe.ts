/**
 * Loaded into the central with `node -r`: at the end it writes what only the process itself knows.
 * SIGUSR2 begins a measurement anew.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What the probe writes. */
export interface ProbeReport {
  /** How late a timer of 1 ms was, milliseconds. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Share of the time in which the main thread did something. */
  readonly utilization: number;
}

const RESOLUTION_MS = 1;
const path = process.env['BENCH_PROBE'];

if (path !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let begun = performance.eventLoopUtilization();
  histogram.enable();
  process.on('SIGUSR2', () => {
    histogram.reset();
    begun = performance.eventLoopUtilization();
  });
  const lateMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  process.on('exit', () => {
    const report: ProbeReport = {
      delayMs: {
        p50: lateMs(histogram.percentile(50)),
        p99: lateMs(histogram.percentile(99)),
        max: lateMs(histogram.max),
      },
      utilization: performance.eventLoopUtilization(begun).utilization,
    };
    writeFileSync(path, JSON.stringify(report));
  });
}
