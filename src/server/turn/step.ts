/** The step phase of a turn: dispatches commands to their sessions, which return effects. */
import type { Clock } from '../../base/clock';
import { present } from '../../base/invariant';
import type { Parsed } from '../../parsing/parsed';
import { WireError } from '../../protocol/codes';
import type { ForeignMessage } from '../../protocol/commands';
import type { Peer } from '../admission/peer';
import type { EffectSink } from '../session/effects';
import { endSession, refuse } from '../session/end';
import type { Lottery } from '../session/lottery';
import { handleCommand, type CheckedCommand } from '../session/session';
import type { Claims } from './claims';
import type { PeerEvent } from './read';

/** One step of a session. */
export type Step = (out: EffectSink) => void;

export interface SteppingOptions {
  readonly lottery: Lottery;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Answers a command; undefined: as the lottery does. */
  readonly handle?: typeof handleCommand;
}

/** Dispatches steps to sessions. Steps of a session whose claim is unanswered are kept until the answer. */
export class Stepping {
  private nowMs = 0;

  constructor(
    private readonly options: SteppingOptions,
    private readonly claims: Claims<Step>,
  ) {}

  /** Sets the time of the steps that follow. */
  beginNow(): void {
    this.nowMs = this.options.clock.nowMs();
  }

  handle(peer: Peer, received: CheckedCommand, out: EffectSink): void {
    const { lottery, handle = handleCommand } = this.options;
    if (this.claims.isEmpty) {
      handle(lottery, peer.session, received, this.nowMs, out);
      this.claimIfDue(peer, out);
      return;
    }
    this.take(
      peer,
      (sink) => {
        handle(lottery, peer.session, received, this.nowMs, sink);
      },
      'parsed' in received ? received.command.rows.length : 0,
      out,
    );
  }

  refuse(peer: Peer, { code, message }: WireError, out: EffectSink): void {
    this.take(
      peer,
      (sink) => {
        refuse(this.options.lottery, peer.session, code, message, sink);
      },
      0,
      out,
    );
  }

  end(peer: Peer, out: EffectSink): void {
    this.take(
      peer,
      (sink) => {
        endSession(this.options.lottery, peer.session, sink);
      },
      0,
      out,
    );
  }

  /** @param bytes of rows that the step holds */
  take(peer: Peer, one: Step, bytes: number, out: EffectSink): void {
    if (this.claims.keep(peer, one, bytes, out)) return;
    one(out);
    this.claimIfDue(peer, out);
  }

  private claimIfDue(peer: Peer, out: EffectSink): void {
    const { state } = peer.session;
    if (state.phase === 'claiming') this.claims.begin(peer, state.agency, out);
  }
}

/**
 * Dispatches events to their sessions, in the order in which they were read.
 *
 * @param parsed results for the events that hold bets, in order
 */
export function step(
  events: readonly PeerEvent[],
  parsed: readonly Parsed[],
  stepping: Stepping,
  out: EffectSink,
): void {
  stepping.beginNow();
  let bets = 0;
  const nextParsed = (): Parsed => present(parsed[bets++], 'bets that were not parsed');
  for (const event of events) {
    const { peer } = event;
    if (event.kind === 'command') stepping.handle(peer, event, out);
    else if (event.kind === 'bets') {
      stepping.handle(peer, { command: event.command, parsed: nextParsed() }, out);
    } else if (event.kind === 'foreign_bets') {
      answerMessage(peer, event.message, nextParsed(), stepping, out);
    } else if (event.kind === 'foreign') {
      answerMessage(peer, event.message, null, stepping, out);
    } else {
      countUntaken(peer, event.untaken, stepping, out);
      if (event.kind === 'bad_bytes') stepping.refuse(peer, event.error, out);
      else stepping.end(peer, out);
    }
  }
}

/** Ends the session of a peer that takes too long. */
export function expire(peer: Peer, reason: string, stepping: Stepping, out: EffectSink): void {
  stepping.beginNow();
  countUntaken(peer, peer.codec.untaken?.(peer.connection.input), stepping, out);
  stepping.refuse(peer, new WireError('TOO_SLOW', reason), out);
}

/** Bets of a message that is not taken count as rejected. */
function countUntaken(
  peer: Peer,
  message: ForeignMessage | undefined,
  stepping: Stepping,
  out: EffectSink,
): void {
  if (message !== undefined) answerMessage(peer, message, null, stepping, out);
}

/** @param parsed of its bets; null if it holds none */
function answerMessage(
  peer: Peer,
  message: ForeignMessage,
  parsed: Parsed | null,
  stepping: Stepping,
  out: EffectSink,
): void {
  // Messages behind the end of a session are ignored.
  if (peer.session.state.phase === 'ended') return;
  for (const command of message.read(parsed?.conversion ?? null)) {
    if (command.kind !== 'bets') stepping.handle(peer, { command }, out);
    else {
      const rows = present(parsed, 'bets of a message that brings none');
      stepping.handle(peer, { command, parsed: rows }, out);
    }
  }
}
