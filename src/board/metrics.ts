/** What Prometheus reads: names and units follow its conventions (docs/OPERATIONS.md lists them). */
import { ERROR_NUMBER, REJECT_NUMBER } from '../protocol/codes';
import type { LoopDelay } from '../telemetry/loop-delay';
import { STAGES } from '../telemetry/turns';
import type { AgencyRow, BoardPhase, BoardState } from './feed';
import { byLabel, PrometheusMetrics, type Values } from './prometheus';
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

/** Counts by code, also of those that have not occurred: the first one is an increase from 0. */
function withKnown(
  counts: ReadonlyMap<string, number>,
  known: Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  const none = Object.keys(known).map((code) => [code, 0] as const);
  return new Map([...none, ...counts]);
}

export class Metrics {
  private readonly metrics = new PrometheusMetrics();
  /** As of the text that is being made: they are gathered once for all metrics. */
  private state: BoardState;
  private held: CentralGauges;
  private agencies: readonly AgencyRow[] = [];
  private made: Promise<string> | null = null;

  constructor(private readonly options: MetricsOptions) {
    this.state = options.source.state();
    this.held = options.source.gauges();
    this.addCounts();
    this.addTurnCounts();
    this.addStoreCounts();
    this.addGauges();
    this.addProcess();
    if (options.agencyMetrics) this.addAgencies();
    this.addHistograms();
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
    loopDelay.drain();
    this.state = source.state();
    this.held = source.gauges();
    if (agencyMetrics) this.agencies = [...source.agencies()];
    return this.metrics.text();
  }

  private addCounts(): void {
    const { metrics } = this;
    const { telemetry } = this.options.source;
    metrics.counter('loteria_bets_stored', 'Bets that became durable', () => telemetry.betsStored);
    metrics.counters(
      'loteria_batches_parsed',
      'Messages of bets checked, by thread',
      ['thread'],
      () => [
        [telemetry.parsedInline, { thread: 'main' }],
        [telemetry.parsedPooled, { thread: 'worker' }],
      ],
    );
    metrics.counters(
      'loteria_batches_rejected',
      'Messages of bets rejected, by code',
      ['code'],
      () => byLabel(withKnown(telemetry.rejects, REJECT_NUMBER), 'code'),
    );
    metrics.counters(
      'loteria_session_errors',
      'Sessions ended with an error, by code',
      ['code'],
      () => byLabel(withKnown(telemetry.errors, ERROR_NUMBER), 'code'),
    );
    metrics.counter('loteria_handshakes', 'Handshakes of agencies', () => telemetry.handshakes);
    metrics.counters(
      'loteria_handshakes_refused',
      'Connections and handshakes refused, by reason',
      ['reason'],
      () => byLabel(Object.entries(telemetry.refusals), 'reason'),
    );
    metrics.counter(
      'loteria_received_bytes',
      'Bytes received from peers',
      () => telemetry.bytesReceived,
    );
    metrics.counter('loteria_board_viewers_dropped', 'Viewers that did not read', () => {
      return this.options.viewers.dropped;
    });
  }

  private addTurnCounts(): void {
    const { metrics } = this;
    const { turns } = this.options.source.telemetry;
    metrics.counter('loteria_turns', 'Turns of the event loop that had input', () => turns.count);
    metrics.counter('loteria_turns_slow', 'Turns that were slow', () => turns.slow);
    metrics.counters('loteria_turn_seconds', 'Time of the main thread, by stage', ['stage'], () =>
      STAGES.map((stage) => [turns.stageMs[stage] / MS_PER_S, { stage }]),
    );
  }

  /** Of a database; nothing where bets are in files. */
  private addStoreCounts(): void {
    const { metrics } = this;
    const { telemetry } = this.options.source;
    metrics.counters(
      'loteria_store_unavailable',
      'Commits and claims that the store could not do now, by operation',
      ['operation'],
      () => byLabel(Object.entries(telemetry.storeUnavailable), 'operation'),
    );
    metrics.counter(
      'loteria_store_failovers',
      'Standbys of the database that were promoted',
      () => telemetry.storeEvents.failover,
    );
    metrics.counter(
      'loteria_store_retries',
      'Statements, transactions and readings of all bets that were repeated after an error that may pass',
      () => telemetry.storeEvents.retry,
    );
  }

  private addGauges(): void {
    const { metrics } = this;
    const { source, viewers } = this.options;
    metrics.gauges('loteria_connections', 'Connections, by state', ['state'], () => {
      const { connections } = this.held;
      return CONNECTION_STATES.map((state) => [connections[state], { state }]);
    });
    metrics.gauge(
      'loteria_input_bytes',
      'Bytes received and not processed',
      () => this.held.inputBytes,
    );
    metrics.gauge('loteria_output_bytes', 'Replies that peers have not read', () => {
      return this.held.outputBytes;
    });
    metrics.gauge('loteria_pool_tasks', 'Groups that worker threads are parsing', () => {
      return source.telemetry.poolTasks;
    });
    metrics.gauge('loteria_bets', 'Bets that are durable', () => this.state.bets);
    metrics.gauge(
      'loteria_agencies_expected',
      'Agencies that take part',
      () => this.state.expected,
    );
    metrics.gauge(
      'loteria_agencies_finished',
      'Agencies that have finished',
      () => this.state.finished,
    );
    metrics.gauge('loteria_queries_waiting', 'Questions for winners that wait for the draw', () => {
      return this.state.waiting;
    });
    metrics.gauges('loteria_draw_phase', '1 for the phase that the draw is in', ['phase'], () => {
      const { phase: current } = this.state;
      return PHASES.map((phase) => [Number(phase === current), { phase }]);
    });
    metrics.gauge('loteria_acta_failed', '1 when the acta could not be written', () => {
      return Number((this.state.draw?.actaError ?? null) !== null);
    });
    metrics.gauge('loteria_board_viewers', 'Viewers of the board', () => viewers.count);
  }

  private addProcess(): void {
    const { metrics } = this;
    const { version } = this.options;
    metrics.gauge('process_start_time_seconds', 'When the central started, since 1970', () => {
      return this.state.startedMs / MS_PER_S;
    });
    metrics.gauge('process_resident_memory_bytes', 'Memory of the process', () => {
      return process.memoryUsage.rss();
    });
    metrics.gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript objects use', () => {
      return process.memoryUsage().heapUsed;
    });
    metrics.counter('process_cpu_seconds', 'CPU time of the process, all threads', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    metrics.gauges('loteria_build_info', 'The version, as a label', ['version'], () => [
      [1, { version }],
    ]);
  }

  private addAgencies(): void {
    const { metrics } = this;
    const label = ['agency'];
    const each = (value: (row: AgencyRow) => number): Values =>
      this.agencies.map((row) => [value(row), { agency: String(row.agency) }]);
    metrics.gauges('loteria_agency_bets', 'Bets of an agency that are durable', label, () =>
      each(({ stored }) => stored),
    );
    metrics.gauges('loteria_agency_finished', '1 for an agency that has finished', label, () =>
      each(({ finished }) => Number(finished)),
    );
  }

  private addHistograms(): void {
    const { metrics } = this;
    const { source, loopDelay } = this.options;
    const { groupEntries, commitSeconds, syncSeconds } = source.telemetry;
    metrics.histogram(
      'loteria_commit_group_entries',
      'Entries of a group that became durable together',
      groupEntries,
    );
    metrics.histogram(
      'loteria_commit_duration_seconds',
      'From handing a group to the store until it was durable',
      commitSeconds,
    );
    metrics.histogram(
      'loteria_fdatasync_duration_seconds',
      'Duration of each fdatasync of the store',
      syncSeconds,
    );
    metrics.histogram(
      'loteria_event_loop_delay_seconds',
      'How late the event loop was, measured all the time',
      loopDelay.seconds,
    );
  }
}
