/** What every session of an agency is made of: a phase, and the actions that an event leads to. */
import { LoteriaError, type ErrorCode } from '../../base/errors';
import { invariant } from '../../base/invariant';
import type { LogDetails, LogResult } from '../../base/log/log';
import type { AgencyOutcome, CommonAction } from './agency-action';

/** What may follow each phase. */
export type Transitions<Phase extends string> = Readonly<Record<Phase | 'ended', readonly Phase[]>>;

export abstract class AgencyMachine<Phase extends string, Action, Event> {
  private actions: (Action | CommonAction)[] = [];

  constructor(
    private current: Phase | 'ended',
    private readonly transitions: Transitions<Phase | 'ended'>,
  ) {}

  get phase(): Phase | 'ended' {
    return this.current;
  }

  /** The only place where the phase changes. @throws InvariantError when it may not change so */
  protected setPhase(to: Phase | 'ended'): void {
    const from = this.current;
    invariant(this.transitions[from].includes(to), `the agency went from ${from} to ${to}`);
    if (from !== to) this.log('debug', 'agency_phase', 'success', { from, to });
    this.current = to;
  }

  /** Handles an event; returns the actions, in order. */
  handle(event: Event): (Action | CommonAction)[] {
    if (this.current !== 'ended') this.dispatch(event);
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  /** Handles an event of a session that has not ended. */
  protected abstract dispatch(event: Event): void;

  protected act(action: Action | CommonAction): void {
    this.actions.push(action);
  }

  protected log(
    level: 'debug' | 'info' | 'warning' | 'error',
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

  protected fail(code: ErrorCode, message: string): void {
    this.setPhase('ended');
    this.act({ kind: 'failed', error: new LoteriaError(code, message) });
  }
}
