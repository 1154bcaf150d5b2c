/** Metrics that are counted elsewhere, as Prometheus reads them: text format, version 0.0.4. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Histogram } from '../telemetry/histogram';

type Labels = Readonly<Record<string, string>>;
/** Values of one metric, each with its labels. */
export type Values = readonly (readonly [number, Labels?])[];

/** Values whose label `name` is the first part of each pair. */
export function byLabel(values: Iterable<readonly [string, number]>, name: string): Values {
  return [...values].map(([key, value]) => [value, { [name]: key }]);
}

/** Every value is read when the text is made. */
export class PrometheusMetrics {
  private readonly registry = new Registry();
  private readonly histograms: (readonly [name: string, help: string, Histogram])[] = [];

  /** Counters, gauges, then histograms: in the order in which they were added. */
  async text(): Promise<string> {
    const histograms = this.histograms.map((described) => histogramText(...described));
    return [await this.registry.metrics(), ...histograms].join('\n');
  }

  /** @param name without the suffix `_total` */
  counter(name: string, help: string, value: () => number): void {
    this.counters(name, help, [], () => [[value()]]);
  }

  counters(name: string, help: string, labelNames: string[], values: () => Values): void {
    this.add(Counter, { name: `${name}_total`, help, labelNames }, values);
  }

  gauge(name: string, help: string, value: () => number): void {
    this.gauges(name, help, [], () => [[value()]]);
  }

  gauges(name: string, help: string, labelNames: string[], values: () => Values): void {
    this.add(Gauge, { name, help, labelNames }, values);
  }

  /** @param name without the suffixes that the format adds */
  histogram(name: string, help: string, histogram: Histogram): void {
    this.histograms.push([name, help, histogram]);
  }

  private add(
    Metric: typeof Counter | typeof Gauge,
    named: { name: string; help: string; labelNames: string[] },
    values: () => Values,
  ): void {
    const metric = new Metric({
      ...named,
      registers: [],
      collect() {
        this.reset();
        for (const [value, labels] of values()) this.inc(labels ?? {}, value);
      },
    });
    this.registry.registerMetric(metric);
  }
}

/** prom-client keeps its own counts, and has no way to show those that the hot path has counted. */
function histogramText(name: string, help: string, histogram: Histogram): string {
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
