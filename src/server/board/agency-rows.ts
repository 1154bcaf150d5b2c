/** The agencies as the board shows them: what is stored, who is connected, what went wrong. */
import { LIMITS } from '../../base/limits';
import type { AgencyConnection, AgencyRow } from '../../board/feed';
import { totalsOf, type LotteryState } from '../../store/state';
import type { AgencyHistory } from '../../telemetry/telemetry';
import type { Lottery } from '../session/lottery';
import type { Agency, Session } from '../session/state';

export interface AgencySources {
  readonly lottery: Pick<Lottery, 'agency' | 'expected' | 'phase' | 'winnersOf'>;
  /** What is durable. */
  readonly stored: Pick<LotteryState, 'agencies'>;
  readonly sessions: Iterable<Session>;
  /** What happened since the central started, by number. */
  readonly history: ReadonlyMap<number, AgencyHistory>;
  /** When the central started, and now, on the clock that only goes forward. */
  readonly startedAtMs: number;
  readonly nowMs: number;
}

/** What the connections of an agency say; it may have many, in the dialect that sends one message on each. */
interface Link {
  unanswered: number;
  isWaiting: boolean;
}

/** @returns a row for each agency that takes part, by number */
export function agencyRows(sources: AgencySources): AgencyRow[] {
  const { lottery, stored, sessions, history, startedAtMs, nowMs } = sources;
  const links = linksOf(sessions);
  const rows: AgencyRow[] = [];
  for (let number = 1; number <= lottery.expected; number++) {
    const agency = lottery.agency(number);
    if (agency === undefined) continue;
    const totals = totalsOf(stored, number);
    const past = history.get(number);
    rows.push({
      agency: number,
      stored: totals.stored,
      inFlight: Math.max(0, agency.accepted - totals.stored),
      unanswered: links.get(agency)?.unanswered ?? 0,
      rejected: totals.rejected,
      finished: totals.finished,
      connection: connectionOf(links.get(agency), past, totals.finished, nowMs),
      address: past?.address ?? '',
      reconnects: Math.max(0, (past?.handshakes ?? 0) - 1),
      connections: past?.connections ?? 0,
      lastError: past?.lastError ?? '',
      lastErrorMs: past?.lastErrorMs ?? 0,
      lastErrorUpMs:
        past === undefined || past.lastError === ''
          ? 0
          : Math.max(0, Math.round(past.lastErrorAtMs - startedAtMs)),
      winners: lottery.phase === 'drawn' ? lottery.winnersOf(number) : null,
    });
  }
  return rows;
}

function linksOf(sessions: Iterable<Session>): ReadonlyMap<Agency, Link> {
  const links = new Map<Agency, Link>();
  for (const { state, unanswered, held } of sessions) {
    if (state.phase !== 'established') continue;
    const link = links.get(state.agency) ?? { unanswered: 0, isWaiting: false };
    link.unanswered += unanswered;
    link.isWaiting ||= held !== null;
    links.set(state.agency, link);
  }
  return links;
}

function connectionOf(
  link: Link | undefined,
  past: AgencyHistory | undefined,
  isFinished: boolean,
  nowMs: number,
): AgencyConnection {
  if (link !== undefined) return link.isWaiting ? 'waiting' : 'connected';
  if (past === undefined || past.handshakes + past.connections === 0) return 'absent';
  // One that opens a connection for each message has none between two of them.
  const isBetweenMessages =
    past.connections > 0 &&
    !isFinished &&
    nowMs - past.lastSeenAtMs < LIMITS.boardBetweenConnectionsMs;
  return isBetweenMessages ? 'connected' : 'gone';
}
