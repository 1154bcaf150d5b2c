/** The step phase of a turn: what was read and parsed, to what it leads to. */
import { present } from '../../base/invariant';
import type { Parsed } from '../../parsing/parsed';
import { WireError } from '../../protocol/codes';
import type { Command, ForeignMessage } from '../../protocol/commands';
import type { Peer } from '../admission/peer';
import type { EffectSink } from '../session/effects';
import { endSession, refuse } from '../session/end';
import type { Lottery } from '../session/lottery';
import type { handleCommand } from '../session/session';
import type { PeerEvent } from './read';

export interface Stepping {
  readonly lottery: Lottery;
  readonly handle: typeof handleCommand;
  readonly nowMs: number;
}

/**
 * Lets sessions answer what was read, in the order in which it was read.
 *
 * @param parsed of each event that brings bets, in order
 */
export function step(
  events: readonly PeerEvent[],
  parsed: readonly Parsed[],
  stepping: Stepping,
  out: EffectSink,
): void {
  const { lottery, handle, nowMs } = stepping;
  let bets = 0;
  const nextParsed = (): Parsed => present(parsed[bets++], 'bets that were not parsed');
  for (const event of events) {
    const { peer } = event;
    const { session } = peer;
    if (event.kind === 'command') handle(lottery, session, event, nowMs, out);
    else if (event.kind === 'bets') {
      handle(lottery, session, { command: event.command, parsed: nextParsed() }, nowMs, out);
    } else if (event.kind === 'foreign_bets') {
      answerMessage(peer, event.message, nextParsed(), stepping, out);
    } else if (event.kind === 'foreign') {
      answerMessage(peer, event.message, null, stepping, out);
    } else if (event.kind === 'bad_bytes') {
      refuse(lottery, session, event.error.code, event.error.message, out);
    } else endSession(lottery, session, out);
  }
}

/** @param parsed what was found in its bets; null: it brings none */
function answerMessage(
  { session }: Peer,
  message: ForeignMessage,
  parsed: Parsed | null,
  { lottery, handle, nowMs }: Stepping,
  out: EffectSink,
): void {
  // Nothing that follows the last word is read.
  if (session.state.phase === 'ended') return;
  let commands: readonly Command[];
  try {
    commands = message.read(parsed?.conversion ?? null);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    refuse(lottery, session, error.code, error.message, out);
    return;
  }
  for (const command of commands) {
    if (command.kind !== 'bets') handle(lottery, session, { command }, nowMs, out);
    else {
      const rows = present(parsed, 'bets of a message that brings none');
      handle(lottery, session, { command, parsed: rows }, nowMs, out);
    }
  }
}
