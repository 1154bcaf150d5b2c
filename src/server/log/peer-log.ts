/**
 * Log lines that peers cause at the cost of a few bytes: errors, connections, disconnections. Their number
 * is limited for each peer; suppressed lines are counted.
 */
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { LogDetails, Logger, LogLevel, LogResult } from '../../base/log/log';
import { addressGroup } from '../../net/address-group';
import type { ServerCodec } from '../../protocol/commands';
import { LineLimiter, type PeerName, type SuppressedLines } from './line-limiter';

export interface LogLine {
  readonly level: Exclude<LogLevel, 'CRITICAL'>;
  readonly action: string;
  readonly result: LogResult;
  readonly details?: LogDetails;
  /** The peer that causes it; undefined: none, and the line is never suppressed. */
  readonly peer?: PeerName;
  /** Of a handshake, for those who count lines; it is not written. */
  readonly run?: ServerCodec['run'];
}

export class PeerLog {
  /** Warnings and errors. */
  private readonly refusals = limiter(LIMITS.logRefusalsPerPeerMax);
  /** Lines that are nothing special, such as those of connections. */
  private readonly routine = limiter(LIMITS.logConnectionsPerPeerMax);
  private cancelTimer: (() => void) | null = null;

  /** @param onLine gets every line, also those that are only counted or not shown */
  constructor(
    private readonly logger: Logger,
    private readonly clock: Pick<Clock, 'nowMs' | 'after'>,
    private readonly onLine: (line: LogLine) => void = () => undefined,
  ) {}

  /** Writes a line, or counts it when its peer has caused too many. */
  write(line: LogLine): void {
    this.onLine(line);
    const { level, peer } = line;
    if (peer === undefined) {
      writeLine(this.logger, line);
      return;
    }
    if (!this.logger.shows(level)) return;
    const kind = level === 'INFO' || level === 'DEBUG' ? this.routine : this.refusals;
    const group = { address: addressGroup(peer.address), agency: peer.agency };
    if (kind.admit(group, level, this.clock.nowMs())) writeLine(this.logger, line);
    this.scheduleReport();
  }

  /** Flushes the log, without waiting. */
  flush(): void {
    this.logger.flush();
  }

  /** Logs the counts of suppressed lines; at the end. */
  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.report(Number.POSITIVE_INFINITY);
  }

  private scheduleReport(): void {
    if (this.cancelTimer !== null) return;
    const endMs = Math.min(
      this.refusals.nextEndMs ?? Number.POSITIVE_INFINITY,
      this.routine.nextEndMs ?? Number.POSITIVE_INFINITY,
    );
    if (endMs === Number.POSITIVE_INFINITY) return;
    this.cancelTimer = this.clock.after(Math.max(1, Math.ceil(endMs - this.clock.nowMs())), () => {
      this.cancelTimer = null;
      this.report(this.clock.nowMs());
      this.scheduleReport();
    });
  }

  private report(nowMs: number): void {
    for (const kind of [this.refusals, this.routine]) {
      for (const suppressed of kind.takeEnded(nowMs)) this.summarise(suppressed);
    }
  }

  private summarise({ address, agency, count, level }: SuppressedLines): void {
    const whose = { ip: address ?? 'others', ...(agency === null ? {} : { agency }) };
    const details = { suppressed: count, ...whose };
    const of = level === 'ERROR' ? 'ERROR' : 'WARNING';
    writeLine(this.logger, { level: of, action: 'log', result: 'success', details });
  }
}

function limiter(linesMax: number): LineLimiter {
  return new LineLimiter({ linesMax, periodMs: LIMITS.logPeriodMs, peersMax: LIMITS.logPeersMax });
}

function writeLine(logger: Logger, { level, action, result, details }: LogLine): void {
  switch (level) {
    case 'DEBUG':
      logger.debug(action, result, details);
      break;
    case 'INFO':
      logger.info(action, result, details);
      break;
    case 'WARNING':
      logger.warning(action, result, details);
      break;
    case 'ERROR':
      logger.error(action, result, details);
  }
}
