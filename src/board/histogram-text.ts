/**
 * A histogram in the text format of Prometheus. prom-client keeps its own counts, and has no way to show
 * those that the hot path has counted.
 */
import type { Histogram } from '../telemetry/histogram';

/** @param name without the suffixes that the format adds */
export function histogramText(name: string, help: string, histogram: Histogram): string {
  const { counts, sum } = histogram.snapshot();
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  let below = 0;
  for (const [i, bound] of histogram.bounds.entries()) {
    below += counts[i] ?? 0;
    lines.push(`${name}_bucket{le="${String(bound)}"} ${String(below)}`);
  }
  below += counts.at(-1) ?? 0;
  lines.push(`${name}_bucket{le="+Inf"} ${String(below)}`);
  lines.push(`${name}_sum ${String(sum)}`, `${name}_count ${String(below)}`, '');
  return lines.join('\n');
}
