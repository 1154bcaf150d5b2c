/**
 * Sends at a fixed rate, whatever the answers, and measures from when a batch was due: a central
 * that stalls is charged for every batch that should have been sent meanwhile.
 */
import { percentile } from '../support/statistics';
import type { AgencyLink, Pace } from './agency-link';

const TICK_MS = 1;
/** A tick that comes later than this counts as a stall, and its batches as due when planned. */
const LATE_MS = 3;

interface Due {
  /** When each batch was due, in order. */
  readonly times: number[];
  acked: number;
}

/** Milliseconds from when a batch was due to its acknowledgement. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export class OpenLoop implements Pace {
  private readonly due = new Map<AgencyLink, Due>();
  private readonly latencies: number[] = [];
  private issued = 0;
  private startedMs = 0;
  private tickedMs = 0;

  constructor(
    private readonly links: readonly AgencyLink[],
    private readonly batchesPerSecond: number,
  ) {
    for (const link of links) this.due.set(link, { times: [], acked: 0 });
  }

  start(): void {
    this.startedMs = performance.now();
    this.tickedMs = this.startedMs;
    this.schedule();
  }

  dueCountOf(link: AgencyLink): number {
    return this.due.get(link)?.times.length ?? 0;
  }

  onAcked(link: AgencyLink, count: number): void {
    const due = this.due.get(link);
    if (due === undefined) return;
    const nowMs = performance.now();
    for (let i = 0; i < count; i++) this.latencies.push(nowMs - (due.times[due.acked++] ?? nowMs));
  }

  latencyMs(): Latencies {
    const sorted = Float64Array.from(this.latencies).sort();
    return {
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      p999: percentile(sorted, 0.999),
    };
  }

  private schedule(): void {
    setTimeout(() => {
      if (this.tick()) this.schedule();
    }, TICK_MS);
  }

  /** @returns whether there is more to send */
  private tick(): boolean {
    const nowMs = performance.now();
    const isLate = nowMs - this.tickedMs > LATE_MS;
    this.tickedMs = nowMs;
    const target = Math.floor(((nowMs - this.startedMs) / 1000) * this.batchesPerSecond);
    const touched = new Set<AgencyLink>();
    for (; this.issued < target; this.issued++) {
      const link = this.links[this.issued % this.links.length];
      const due = link === undefined ? undefined : this.due.get(link);
      if (link === undefined || due === undefined) continue;
      const plannedMs = this.startedMs + (this.issued / this.batchesPerSecond) * 1000;
      if (due.times.length < link.replay.batchesTotal) due.times.push(isLate ? plannedMs : nowMs);
      touched.add(link);
    }
    for (const link of touched) link.sendUpTo(this.dueCountOf(link));
    return this.links.some((link) => this.dueCountOf(link) < link.replay.batchesTotal);
  }
}
