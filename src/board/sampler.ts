/** A sample a second: what has happened since the one before. */
import type { Clock } from '../base/clock';
import { countOf, quantileOf, type Histogram, type HistogramCounts } from '../telemetry/histogram';
import type { LoopDelay } from '../telemetry/loop-delay';
import type { Telemetry } from '../telemetry/telemetry';
import { busyMsOf, type TurnRecord } from '../telemetry/turns';
import { LIMITS } from '../base/limits';
import type { Sample, TurnSample } from './feed';
import type { CentralGauges } from './source';

const MS_PER_S = 1_000;

export class Sampler {
  private lastMs: number;
  private last: Totals;
  private lastTurn = 0;

  constructor(
    private readonly telemetry: Telemetry,
    private readonly loopDelay: LoopDelay,
    private readonly clock: Pick<Clock, 'nowMs' | 'wallTimeMs'>,
  ) {
    this.lastMs = clock.nowMs();
    this.last = totalsOf(telemetry, loopDelay);
  }

  /** What has happened since the last call. */
  take(gauges: CentralGauges, viewers: number): Sample {
    const { telemetry, loopDelay, last } = this;
    loopDelay.drain();
    const nowMs = this.clock.nowMs();
    const now = totalsOf(telemetry, loopDelay);
    const since = (of: keyof Numbers): number => now.numbers[of] - last.numbers[of];
    const groups = telemetry.groupEntries.since(last.groups);
    const commits = countOf(groups);
    const syncs = countOf(telemetry.syncSeconds.since(last.sync));
    const slowest = telemetry.turns.takeSlowest();
    const { rss, heapUsed } = process.memoryUsage();
    const sample: Sample = {
      atMs: Math.round(this.clock.wallTimeMs()),
      seconds: rounded((nowMs - this.lastMs) / MS_PER_S, 3),
      bets: since('bets'),
      batches: since('parsedInline') + since('parsedPooled'),
      bytes: since('bytes'),
      rejects: since('rejects'),
      handshakesRefused: since('refused'),
      commits,
      groupEntries: commits === 0 ? 0 : rounded(groups.sum / commits, 1),
      ...quantiles('commit', telemetry.commitSeconds, last.commit),
      syncs,
      ...quantiles('sync', telemetry.syncSeconds, last.sync),
      ...quantiles('loopDelay', loopDelay.seconds, last.loopDelay),
      parsedInline: since('parsedInline'),
      parsedPooled: since('parsedPooled'),
      poolTasks: telemetry.poolTasks,
      inputBytes: gauges.inputBytes,
      outputBytes: gauges.outputBytes,
      rssBytes: rss,
      heapBytes: heapUsed,
      connections: Object.values(gauges.connections).reduce((all, count) => all + count, 0),
      viewers,
      turns: since('turns'),
      slowTurns: since('slowTurns'),
      slowestTurn: slowest === null ? null : this.turnSample(slowest),
    };
    this.last = now;
    this.lastMs = nowMs;
    return sample;
  }

  /** The last turns since the last call, oldest first. */
  takeTurns(): TurnSample[] {
    const turns = this.telemetry.turns.takeAfter(this.lastTurn);
    this.lastTurn = turns.at(-1)?.turn ?? this.lastTurn;
    return turns.map((turn) => this.turnSample(turn));
  }

  private turnSample(turn: TurnRecord): TurnSample {
    const busyMs = busyMsOf(turn);
    const sinceMs = this.clock.nowMs() - turn.startMs;
    return {
      turn: turn.turn,
      atMs: Math.round(this.clock.wallTimeMs() - sinceMs),
      ready: turn.ready,
      frames: turn.frames,
      rows: turn.rows,
      rowBytes: turn.rowBytes,
      pooled: turn.pooledMs > 0,
      committed: turn.committed,
      replies: turn.replies,
      readUs: microseconds(turn.readMs),
      parseUs: microseconds(turn.pooledMs > 0 ? turn.pooledMs : turn.parseMs),
      stepUs: microseconds(turn.stepMs),
      writeUs: microseconds(turn.writeMs),
      commitUs: microseconds(turn.commitMs),
      replyUs: microseconds(turn.replyMs),
      reapUs: microseconds(turn.reapMs),
      busyUs: microseconds(busyMs),
      slow: busyMs >= LIMITS.turnSlowMs,
    };
  }
}

/** Totals that only grow. */
interface Numbers {
  readonly bets: number;
  readonly bytes: number;
  readonly rejects: number;
  readonly refused: number;
  readonly parsedInline: number;
  readonly parsedPooled: number;
  readonly turns: number;
  readonly slowTurns: number;
}

interface Totals {
  readonly numbers: Numbers;
  readonly groups: HistogramCounts;
  readonly commit: HistogramCounts;
  readonly sync: HistogramCounts;
  readonly loopDelay: HistogramCounts;
}

function totalsOf(telemetry: Telemetry, loopDelay: LoopDelay): Totals {
  const { turns, refusals, rejects, errors, parsedInline, parsedPooled } = telemetry;
  return {
    numbers: {
      bets: telemetry.betsStored,
      bytes: telemetry.bytesReceived,
      // Each of those that are not authorised is among the refusals, too.
      rejects: sum(rejects.values()) + sum(errors.values()) - refusals.not_authorised,
      refused: sum(Object.values(refusals)),
      parsedInline,
      parsedPooled,
      turns: turns.count,
      slowTurns: turns.slow,
    },
    groups: telemetry.groupEntries.snapshot(),
    commit: telemetry.commitSeconds.snapshot(),
    sync: telemetry.syncSeconds.snapshot(),
    loopDelay: loopDelay.seconds.snapshot(),
  };
}

/** The median and the 99th percentile in milliseconds. */
function quantiles<Name extends string>(
  name: Name,
  histogram: Histogram,
  before: HistogramCounts,
): Record<`${Name}P50Ms` | `${Name}P99Ms`, number> {
  const counted = histogram.since(before);
  const at = (part: number): number =>
    rounded(quantileOf(histogram.bounds, counted, part) * MS_PER_S, 3);
  const found = { [`${name}P50Ms`]: at(0.5), [`${name}P99Ms`]: at(0.99) };
  return found as Record<`${Name}P50Ms` | `${Name}P99Ms`, number>;
}

function sum(values: Iterable<number>): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function microseconds(ms: number): number {
  return Math.round(ms * 1_000);
}
