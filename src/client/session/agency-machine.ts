/** What every agency's session is made of: a phase, and the actions that an event leads to. */
import { LoteriaError, type ErrorCode } from '../../base/errors';
import { invariant } from '../../base/invariant';
import type { LogDetails, LogResult } from '../../base/log';
import type { Command } from '../../protocol/commands';
import type { AgencyAction, AgencyOutcome } from './agency-action';

/**
 * - `offline`: no connection; connecting, or in backoff.
 * - `handshake`: INTRODUCE is sent, WELCOME has not arrived.
 * - `seeking`: the source seeks to the offset of WELCOME.
 * - `loading`: batches are sent and acknowledged.
 * - `finishing`: FINISHED is sent.
 * - `asking`: ASK_WINNERS is sent.
 * - `ended`: done, or failed.
 */
export type AgencyPhase =
  'offline' | 'handshake' | 'seeking' | 'loading' | 'finishing' | 'asking' | 'ended';

/** The allowed transitions. The connection may be lost, and an error found, in any phase. */
const NEXT: Readonly<Record<AgencyPhase, readonly AgencyPhase[]>> = {
  offline: ['offline', 'handshake', 'ended'],
  handshake: ['seeking', 'loading', 'offline', 'ended'],
  seeking: ['loading', 'offline', 'ended'],
  loading: ['finishing', 'offline', 'ended'],
  finishing: ['asking', 'offline', 'ended'],
  asking: ['offline', 'ended'],
  ended: [],
};

export abstract class AgencyMachine {
  private current: AgencyPhase = 'offline';
  private actions: AgencyAction[] = [];

  get phase(): AgencyPhase {
    return this.current;
  }

  /** The only place where the phase changes. @throws InvariantError when it may not change so */
  protected setPhase(to: AgencyPhase): void {
    const from = this.current;
    invariant(NEXT[from].includes(to), `the agency went from ${from} to ${to}`);
    if (from !== to) this.log('debug', 'agency_phase', 'success', { from, to });
    this.current = to;
  }

  /** Returns the actions since the last call, in order. */
  protected takeActions(): AgencyAction[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  protected act(action: AgencyAction): void {
    this.actions.push(action);
  }

  protected send(command: Command): void {
    this.act({ kind: 'send', command });
  }

  protected log(
    level: 'debug' | 'info' | 'error',
    action: string,
    result: LogResult,
    details: LogDetails,
  ): void {
    this.act({ kind: 'log', level, action, result, details });
  }

  protected end(outcome: AgencyOutcome): void {
    this.setPhase('ended');
    this.act({ kind: 'done', outcome });
  }

  /** Ends the session: no correct central would send this. */
  protected accuse(what: string): void {
    this.fail('CENTRAL_REFUSED', `what the central says cannot be true: ${what}`);
  }

  protected fail(code: ErrorCode, message: string): void {
    this.setPhase('ended');
    this.act({ kind: 'failed', error: new LoteriaError(code, message) });
  }
}
