/**
 * Limits the log lines that a peer causes. In each period the first lines appear, the others are only
 * counted. No clock: callers pass the time.
 */
import type { LogLevel } from '../../base/log/log';

/** Whose doing a line is. */
export interface PeerName {
  readonly address: string;
  /** The agency as which it is authenticated; null before, and when its session is over. */
  readonly agency: number | null;
}

/** Lines suppressed in a period; `address` is null for peers that are not counted apart. */
export interface SuppressedLines {
  readonly address: string | null;
  readonly agency: number | null;
  readonly count: number;
  /** The highest level among the lines. */
  readonly level: LogLevel;
}

export interface LineLimits {
  readonly linesMax: number;
  readonly periodMs: number;
  /** Peers that are counted apart: many addresses must not fill the memory. */
  readonly peersMax: number;
}

interface Period {
  readonly address: string | null;
  readonly agency: number | null;
  readonly endMs: number;
  lines: number;
  suppressed: number;
  level: LogLevel;
}

const OTHERS = '';
const RANK: Readonly<Record<LogLevel, number>> = {
  DEBUG: 0,
  INFO: 1,
  WARNING: 2,
  ERROR: 3,
  CRITICAL: 4,
};

export class LineLimiter {
  /** In the order in which they end. */
  private readonly periods = new Map<string, Period>();

  constructor(private readonly limits: LineLimits) {}

  /** Counts a line. @returns whether it is to appear */
  admit(peer: PeerName, level: LogLevel, nowMs: number): boolean {
    const period = this.periodOf(peer, nowMs);
    if (period.lines < this.limits.linesMax) {
      period.lines++;
      return true;
    }
    if (period.suppressed++ === 0 || RANK[level] > RANK[period.level]) period.level = level;
    return false;
  }

  /** When the first period ends; null when there is none. */
  get nextEndMs(): number | null {
    for (const { endMs } of this.periods.values()) return endMs;
    return null;
  }

  /** Ends periods. @returns what those had to leave out that have ended by `nowMs` */
  takeEnded(nowMs: number): SuppressedLines[] {
    const found: SuppressedLines[] = [];
    for (const [key, { endMs, address, agency, suppressed, level }] of this.periods) {
      if (endMs > nowMs) break;
      this.periods.delete(key);
      if (suppressed > 0) found.push({ address, agency, count: suppressed, level });
    }
    return found;
  }

  private periodOf({ address, agency }: PeerName, nowMs: number): Period {
    const key = agency === null ? address : `${address} ${String(agency)}`;
    const own = this.periods.get(key);
    if (own !== undefined) return own;
    const isApart = this.periods.size < this.limits.peersMax;
    const others = isApart ? undefined : this.periods.get(OTHERS);
    if (others !== undefined) return others;
    const period: Period = {
      address: isApart ? address : null,
      agency: isApart ? agency : null,
      endMs: nowMs + this.limits.periodMs,
      lines: 0,
      suppressed: 0,
      level: 'DEBUG',
    };
    this.periods.set(isApart ? key : OTHERS, period);
    return period;
  }
}
