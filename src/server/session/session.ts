/**
 * The session with one agency, a state machine without I/O: commands in, effects out. It has no socket,
 * file, clock or pool, so that tests and the simulator can drive thousands of them.
 *
 * What all agencies share (offsets, who has finished, the draw) is in `lottery.ts`.
 */
import { unreachable } from '../../base/invariant';
import type { ParsedRows } from '../../domain/row-check';
import {
  NO_TOKEN,
  type BetsCommand,
  type Command,
  type FinishedCommand,
} from '../../protocol/commands';
import { receiveBets } from './bets';
import type { EffectSink } from './effects';
import { demandAgency, demandRight, endSession, refuse, takePlace } from './end';
import type { Lottery } from './lottery';
import { attributeRejected, endRun, rejectedInRun, saveRejectsOf } from './rejects';
import { peerOf, type Agency, type Session } from './state';
import { handleUnreadable } from './unreadable';
import { declareNoBets, finishUnnamed } from './unnamed';
import { askNobodysWinners, askWinners } from './winners';

/** A command, with the parser's verdict if it has rows. */
export type CheckedCommand =
  | { readonly command: BetsCommand; readonly parsed: ParsedRows }
  | { readonly command: Exclude<Command, BetsCommand> };

type IntroduceCommand = Extract<Command, { kind: 'introduce' }>;

/** The number of an unnamed agency, which no agency has. */
const UNNAMED = 0;

/** Answers one command. */
export function handleCommand(
  lottery: Lottery,
  session: Session,
  received: CheckedCommand,
  nowMs: number,
  out: EffectSink,
): void {
  const { state } = session;
  if (state.phase === 'ended') return;
  const { command } = received;
  if (command.kind === 'goodbye') {
    endSession(lottery, session, out);
    return;
  }
  if (command.kind === 'nothing' || command.kind === 'untaken_bets') {
    handleUnreadable(lottery, session, command, out);
    return;
  }
  if (state.phase !== 'established') {
    handleUnauthenticated(lottery, session, command, nowMs, out);
    return;
  }
  const { agency } = state;
  if ('parsed' in received) {
    receiveBets(lottery, session, agency, received.command, received.parsed, out);
  } else handleEstablished(lottery, session, agency, received.command, nowMs, out);
}

/** Answers one command of an agency, other than its bets. */
function handleEstablished(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  command: Exclude<Command, BetsCommand>,
  nowMs: number,
  out: EffectSink,
): void {
  switch (command.kind) {
    case 'introduce':
      refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'INTRODUCE came twice', out);
      return;
    case 'finished':
      finish(lottery, session, agency, command, out);
      return;
    case 'no_bets':
      refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'the agency is known already', out);
      return;
    case 'ask_winners':
      askWinners(lottery, session, agency, command, nowMs, out);
      return;
    case 'ask_total':
      refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'there is no total in the lottery', out);
      return;
    case 'ping':
      out.push({ kind: 'reply', to: session, reply: { kind: 'pong', echo: command.echo } });
      return;
    case 'nothing':
    case 'untaken_bets':
    case 'goodbye':
      // Handled in every phase.
      return;
    default:
      unreachable(command);
  }
}

/** Answers one command of an unauthenticated peer. */
function handleUnauthenticated(
  lottery: Lottery,
  session: Session,
  command: Command,
  nowMs: number,
  out: EffectSink,
): void {
  const { phase } = session.state;
  if (phase === 'handshake' && command.kind === 'introduce') {
    introduce(lottery, session, command, out);
  } else if (command.kind === 'no_bets') {
    if (demandRight(lottery, session, UNNAMED, NO_TOKEN, out)) {
      declareNoBets(lottery, session, out);
    }
  } else if (phase === 'unnamed' && command.kind === 'ask_winners') {
    askNobodysWinners(lottery, session, nowMs, out);
  } else {
    refuse(lottery, session, 'UNEXPECTED_MESSAGE', 'INTRODUCE must come first', out);
  }
}

function introduce(
  lottery: Lottery,
  session: Session,
  { agency: number, token, shared = false, edition }: IntroduceCommand,
  out: EffectSink,
): void {
  if (!demandRight(lottery, session, number, token, out)) return;
  const wanted = edition ?? 'lottery';
  if (wanted !== lottery.edition) {
    const text = `the edition here is ${lottery.edition}, not ${wanted}`;
    refuse(lottery, session, 'WRONG_EDITION', text, out);
    return;
  }
  const agency = demandAgency(lottery, session, number, out);
  if (agency === null) return;
  session.isShared = shared;
  if (!shared) {
    if (!takePlace(lottery, session, agency, out)) return;
    const previous = agency.holder;
    if (previous !== null) {
      refuse(lottery, previous, 'REPLACED', 'the agency introduced itself again', out);
    }
    agency.holder = session;
  }
  session.enter({ phase: 'claiming', agency });
}

function finish(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  { total }: FinishedCommand,
  out: EffectSink,
): void {
  const { accepted } = agency;
  if (total !== null && total !== accepted) {
    const text = `${String(accepted)} bets are stored, not ${String(total)}`;
    refuse(lottery, session, 'WRONG_TOTAL', text, out);
    return;
  }
  const rejected = rejectedInRun(lottery, session, agency);
  // An agency that names its total has corrected them, or does without them.
  if (total === null && !agency.finished && rejected > 0) {
    refuseEnd(lottery, session, agency, rejected, out);
    return;
  }
  if (!agency.finished) {
    attributeRejected(lottery, session, agency);
    saveRejectsOf(lottery, agency, out);
    lottery.finish(agency, out);
    finishUnnamed(lottery, out);
  }
  const reply = { kind: 'ack', upTo: accepted } as const;
  out.push({ kind: 'reply', to: session, reply, dependsOn: agency.number });
}

/** Bets of the run were rejected: the agency is not finished, and the draw waits for it. */
function refuseEnd(
  lottery: Lottery,
  session: Session,
  agency: Agency,
  rejected: number,
  out: EffectSink,
): void {
  const details = { agency: agency.number, rechazadas: rejected };
  const peer = peerOf(session);
  const action = 'agency_finished';
  saveRejectsOf(lottery, agency, out);
  out.push({ kind: 'log', level: 'WARNING', action, result: 'fail', details, peer });
  endRun(session, agency);
  const text = `${String(rejected)} bets of this run were rejected`;
  refuse(lottery, session, 'WRONG_TOTAL', text, out);
}
