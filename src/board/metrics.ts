/** What Prometheus reads: names and units follow its conventions (docs/OPERATIONS.md lists them). */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Histogram } from '../telemetry/histogram';
import type { LoopDelay } from '../telemetry/loop-delay';
import { STAGES } from '../telemetry/turns';
import type { AgencyRow, BoardPhase, BoardState } from './feed';
import { CONNECTION_STATES, type BoardSource, type CentralGauges } from './source';
import type { Viewers } from './viewers';

const PHASES: readonly BoardPhase[] = ['loading', 'salt', 'drawing', 'drawn'];
const MS_PER_S = 1_000;

export interface MetricsOptions {
  readonly source: BoardSource;
  readonly loopDelay: LoopDelay;
  readonly viewers: Pick<Viewers, 'count' | 'dropped'>;
  readonly version: string;
  /** Whether there is a label for each agency. */
  readonly agencyMetrics: boolean;
}

type Labels = Readonly<Record<string, string>>;
type Values = readonly (readonly [number, Labels?])[];

export class Metrics {
  private readonly registry = new Registry();
  /** As of the text that is being made: they are gathered once for all metrics. */
  private state: BoardState;
  private held: CentralGauges;
  private agencies: readonly AgencyRow[] = [];
  private made: Promise<string> | null = null;

  constructor(private readonly options: MetricsOptions) {
    this.state = options.source.state();
    this.held = options.source.gauges();
    this.addCounts();
    this.addGauges();
    this.addProcess();
    if (options.agencyMetrics) this.addAgencies();
  }

  /** Once a second: the next {@link text} is a new one. */
  tick(): void {
    this.made = null;
  }

  /** In the text format of Prometheus, version 0.0.4; made once between two ticks, however many ask. */
  text(): Promise<string> {
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<string> {
    const { source, loopDelay, agencyMetrics } = this.options;
    const { telemetry } = source;
    loopDelay.drain();
    this.state = source.state();
    this.held = source.gauges();
    if (agencyMetrics) this.agencies = [...source.agencies()];
    return [
      await this.registry.metrics(),
      histogramText(
        'loteria_commit_group_entries',
        'Entries of a group that became durable together',
        telemetry.groupEntries,
      ),
      histogramText(
        'loteria_commit_duration_seconds',
        'From handing a group to the store until it was durable',
        telemetry.commitSeconds,
      ),
      histogramText(
        'loteria_fdatasync_duration_seconds',
        'Duration of each fdatasync of the store',
        telemetry.syncSeconds,
      ),
      histogramText(
        'loteria_event_loop_delay_seconds',
        'How late the event loop was, measured all the time',
        loopDelay.seconds,
      ),
    ].join('\n');
  }

  private addCounts(): void {
    const { telemetry } = this.options.source;
    const { turns } = telemetry;
    this.counter('loteria_bets_stored', 'Bets that became durable', () => telemetry.betsStored);
    this.counters(
      'loteria_batches_parsed',
      'Messages of bets checked, by thread',
      ['thread'],
      () => [
        [telemetry.parsedInline, { thread: 'main' }],
        [telemetry.parsedPooled, { thread: 'worker' }],
      ],
    );
    this.counters('loteria_batches_rejected', 'Messages of bets rejected, by code', ['code'], () =>
      byLabel(telemetry.rejects, 'code'),
    );
    this.counters('loteria_session_errors', 'Sessions ended with an error, by code', ['code'], () =>
      byLabel(telemetry.errors, 'code'),
    );
    this.counter('loteria_handshakes', 'Handshakes of agencies', () => telemetry.handshakes);
    this.counters(
      'loteria_handshakes_refused',
      'Connections and handshakes refused, by reason',
      ['reason'],
      () => byLabel(Object.entries(telemetry.refusals), 'reason'),
    );
    this.counter(
      'loteria_received_bytes',
      'Bytes received from peers',
      () => telemetry.bytesReceived,
    );
    this.counters(
      'loteria_store_unavailable',
      'Commits and claims that the store could not do now, by operation',
      ['operation'],
      () => byLabel(Object.entries(telemetry.storeUnavailable), 'operation'),
    );
    this.counter('loteria_turns', 'Turns of the event loop that had input', () => turns.count);
    this.counter('loteria_turns_slow', 'Turns that were slow', () => turns.slow);
    this.counters('loteria_turn_seconds', 'Time of the main thread, by stage', ['stage'], () =>
      STAGES.map((stage) => [turns.stageMs[stage] / MS_PER_S, { stage }]),
    );
    this.counter('loteria_board_viewers_dropped', 'Viewers that did not read', () => {
      return this.options.viewers.dropped;
    });
  }

  private addGauges(): void {
    const { source, viewers } = this.options;
    this.gauges('loteria_connections', 'Connections, by state', ['state'], () => {
      const { connections } = this.held;
      return CONNECTION_STATES.map((state) => [connections[state], { state }]);
    });
    this.gauge(
      'loteria_input_bytes',
      'Bytes received and not processed',
      () => this.held.inputBytes,
    );
    this.gauge('loteria_output_bytes', 'Replies that peers have not read', () => {
      return this.held.outputBytes;
    });
    this.gauge('loteria_pool_tasks', 'Groups that worker threads are parsing', () => {
      return source.telemetry.poolTasks;
    });
    this.gauge('loteria_bets', 'Bets that are durable', () => this.state.bets);
    this.gauge('loteria_agencies_expected', 'Agencies that take part', () => this.state.expected);
    this.gauge(
      'loteria_agencies_finished',
      'Agencies that have finished',
      () => this.state.finished,
    );
    this.gauge('loteria_queries_waiting', 'Questions for winners that wait for the draw', () => {
      return this.state.waiting;
    });
    this.gauges('loteria_draw_phase', '1 for the phase that the draw is in', ['phase'], () => {
      const { phase: current } = this.state;
      return PHASES.map((phase) => [Number(phase === current), { phase }]);
    });
    this.gauge('loteria_board_viewers', 'Viewers of the board', () => viewers.count);
  }

  private addProcess(): void {
    const { version } = this.options;
    this.gauge('process_start_time_seconds', 'When the central started, since 1970', () => {
      return this.state.startedMs / MS_PER_S;
    });
    this.gauge('process_resident_memory_bytes', 'Memory of the process', () => {
      return process.memoryUsage.rss();
    });
    this.gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript objects use', () => {
      return process.memoryUsage().heapUsed;
    });
    this.counter('process_cpu_seconds', 'CPU time of the process, all threads', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.gauges('loteria_build_info', 'The version, as a label', ['version'], () => [
      [1, { version }],
    ]);
  }

  private addAgencies(): void {
    const label = ['agency'];
    const each = (value: (row: AgencyRow) => number): Values =>
      this.agencies.map((row) => [value(row), { agency: String(row.agency) }]);
    this.gauges('loteria_agency_bets', 'Bets of an agency that are durable', label, () =>
      each(({ stored }) => stored),
    );
    this.gauges('loteria_agency_finished', '1 for an agency that has finished', label, () =>
      each(({ finished }) => Number(finished)),
    );
  }

  private counter(name: string, help: string, value: () => number): void {
    this.counters(name, help, [], () => [[value()]]);
  }

  private counters(name: string, help: string, labelNames: string[], values: () => Values): void {
    this.add(Counter, { name: `${name}_total`, help, labelNames }, values);
  }

  private gauge(name: string, help: string, value: () => number): void {
    this.gauges(name, help, [], () => [[value()]]);
  }

  private gauges(name: string, help: string, labelNames: string[], values: () => Values): void {
    this.add(Gauge, { name, help, labelNames }, values);
  }

  /** What it counts is known elsewhere: it is set when it is read. */
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

function byLabel(values: Iterable<readonly [string, number]>, name: string): Values {
  return [...values].map(([key, value]) => [value, { [name]: key }]);
}

/**
 * prom-client keeps its own counts, and has no way to show those that the hot path has counted.
 *
 * @param name without the suffixes that the format adds
 */
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
