/**
 * The conversation with one agency in the 2020 edition (docs/PROTOCOL.md, section 12), without I/O like
 * `session.ts`, which does what both editions have in common. There is no draw: each batch is
 * answered with its winners, and the total of all agencies as it is.
 */
import { crc32 } from 'node:zlib';
import {
  contestantOf,
  winningRowsAt,
  winningRowsOf,
  type WinningRow,
} from '../../domain/contest-rows';
import type { ParsedRows } from '../../domain/row-check';
import type { RejectReason } from '../../protocol/codes';
import type { BetsCommand, Reply } from '../../protocol/commands';
import { RESULTS_ROWS_BYTES_MAX } from '../../protocol/native/layout';
import { receiveBets } from '../session/bets';
import type { Effect, EffectSink } from '../session/effects';
import { refuse } from '../session/end';
import type { Lottery } from '../session/lottery';
import { handleCommand, type CheckedCommand } from '../session/session';
import type { Agency, Session } from '../session/state';
import type { Contest } from './contest';

/** Answers one command, as {@link handleCommand} does for the lottery. */
export function handleContestCommand(
  contest: Contest,
  lottery: Lottery,
  session: Session,
  received: CheckedCommand,
  nowMs: number,
  out: EffectSink,
): void {
  const { state } = session;
  if (state.phase !== 'established') {
    handleCommand(lottery, session, received, nowMs, out);
    return;
  }
  if ('parsed' in received) {
    receiveContestRows(
      contest,
      lottery,
      session,
      state.agency,
      received.command,
      received.parsed,
      out,
    );
  } else if (received.command.kind === 'ask_total') {
    askTotal(contest, lottery, session, state.agency, out);
  } else if (received.command.kind === 'ask_winners') {
    refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'there is no draw in this edition', out);
  } else handleCommand(lottery, session, received, nowMs, out);
}

/** The RESULTS after WELCOME: how many of the agency's stored contestants have won. */
export function welcomeToContest(contest: Contest, session: Session, out: EffectSink): void {
  const { state } = session;
  if (state.phase !== 'established') return;
  out.push({ kind: 'reply', to: session, reply: resultsOf(contest, state.agency, [], true) });
}

function askTotal(
  contest: Contest,
  lottery: Lottery,
  session: Session,
  agency: Agency,
  out: EffectSink,
): void {
  if (!agency.finished) {
    refuse(lottery, session, 'NOT_FINISHED', 'the total is for agencies that have finished', out);
    return;
  }
  const reply: Reply = { kind: 'total', winners: contest.total, pending: lottery.pending };
  out.push({ kind: 'reply', to: session, reply, dependsOn: agency.number });
}

/** Stores or rejects contestants as bets are, and answers with winners where bets are acknowledged. */
function receiveContestRows(
  contest: Contest,
  lottery: Lottery,
  session: Session,
  agency: Agency,
  command: BetsCommand,
  parsed: ParsedRows,
  out: EffectSink,
): void {
  const effects: Effect[] = [];
  const before = agency.accepted;
  const judgeKnown = (): RejectReason | null => judgeKnownBatch(contest, agency, command);
  receiveBets(lottery, session, agency, command, parsed, effects, judgeKnown);
  const isNew = agency.accepted > before;
  const winners = parsed.verdict.ok ? winnersIn(command.rows, parsed) : [];
  if (isNew) contest.add(agency.number, command.rows, winners.length);
  for (const effect of effects) {
    if (effect.kind === 'reply' && effect.reply.kind === 'ack') {
      out.push(...resultsFor(contest, session, agency, winners));
    } else if (effect.kind === 'store' && effect.entry.kind === 'bets') {
      out.push({ kind: 'store', entry: { ...effect.entry, winners } });
    } else if (effect.kind === 'log') out.push(inTermsOfContest(effect, command, winners));
    else out.push(effect);
  }
}

/** A worker may have found them. @param rows checked rows */
function winnersIn(rows: Buffer, { winnersAt }: ParsedRows): readonly WinningRow[] {
  return winnersAt === undefined ? winningRowsOf(rows) : winningRowsAt(rows, winnersAt);
}

/**
 * The reason to reject a known batch: the answer comes from its rows, so these must be the stored ones. The
 * checksums of the latest contestants are in memory, which covers every batch that may be unanswered; a
 * batch further back is WRONG_OFFSET.
 */
function judgeKnownBatch(
  contest: Contest,
  { number }: Agency,
  { offset, count, rows, checksum }: BetsCommand,
): RejectReason | null {
  const start = offset ?? 0;
  const before = contest.checksumAt(number, start);
  if (before === undefined) return 'WRONG_OFFSET';
  const own = crc32(rows, before);
  if (own !== checksum) return 'WRONG_CHECKSUM';
  return own === contest.checksumAt(number, start + count) ? null : 'DATA_DIFFERS';
}

/** The answer to a batch, in as many frames as its winners need; the last one settles it. */
function resultsFor(
  contest: Contest,
  session: Session,
  agency: Agency,
  winners: readonly WinningRow[],
): Effect[] {
  const pages = pagesOf(winners);
  return pages.map((page, i): Effect => {
    const isLast = i === pages.length - 1;
    const reply = resultsOf(contest, agency, page, isLast);
    const dependsOn = agency.number;
    return {
      kind: 'reply',
      to: session,
      reply,
      dependsOn,
      ...(isLast ? { answersBets: true } : {}),
    };
  });
}

function resultsOf(
  contest: Contest,
  agency: Agency,
  rows: readonly Buffer[],
  isLast: boolean,
): Reply {
  const winners = contest.winnersOf(agency.number);
  return { kind: 'results', upTo: agency.accepted, winners, isLast, rows };
}

/** Rows of winners, as many to a frame as fit; one page at least. */
function pagesOf(winners: readonly WinningRow[]): Buffer[][] {
  let page: Buffer[] = [];
  const pages = [page];
  let bytes = 0;
  for (const { row } of winners) {
    if (bytes + row.length > RESULTS_ROWS_BYTES_MAX) {
      page = [];
      pages.push(page);
      bytes = 0;
    }
    page.push(row);
    bytes += row.length;
  }
  return pages;
}

type LogEffect = Extract<Effect, { kind: 'log' }>;

/** The lottery's log lines of bets, for contestants. */
function inTermsOfContest(
  line: LogEffect,
  { form, count, rows }: BetsCommand,
  winners: readonly WinningRow[],
): LogEffect {
  if (line.action === 'session' || line.action === 'batch_known') return line;
  const action = form === 'bet' ? 'contestante_recibido' : 'contestantes_recibidos';
  if (line.result !== 'success') return { ...line, action };
  const details =
    form === 'bet'
      ? { dni: contestantOf(rows).document, ganador: winners.length > 0 ? 'si' : 'no' }
      : { cantidad: count, ganadores: winners.length };
  return { ...line, action, details };
}
