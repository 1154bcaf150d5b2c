/** An agency's session, driven by hand. */
import type { AgencyEvent } from '../../../src/client/session/agency-action';
import type { AgencyAction } from '../../../src/client/session/agency-action';
import { AgencySession } from '../../../src/client/session/agency-session';
import type { AgencySessionOptions } from '../../../src/client/session/agency-action';
import type { Batch } from '../../../src/client/csv/batch';
import type { AgencyStage, Command } from '../../../src/protocol/commands';
import type { ReceivedReply } from '../../../src/protocol/native/agency-codec';
import { crcOf, rows } from '../../support/wire-builder';
import { betsOf } from './scene';

export const AGENCY = 3;

/** The checksum of the first bets of the agency. */
export function sumOf(bets: number): number {
  return crcOf(rows(...betsOf(AGENCY, bets)));
}

/** Bets `offset` to `offset + count`, as the source gives them. */
export function sourceBatch(offset: number, count: number): Batch {
  const bytes = rows(...betsOf(AGENCY, offset + count).slice(offset));
  const checksum = sumOf(offset + count);
  return { form: 'batch', offset, count, rows: bytes, checksum, sourceBytes: 100 * offset + 1 };
}

/** Actions in short: `send bets 2`, `pull`, `seek 4`, ... in order, without log lines. */
export function brief(actions: readonly AgencyAction[]): string[] {
  return actions.flatMap((action) => {
    switch (action.kind) {
      case 'log':
      case 'winners':
        return [];
      case 'send':
        return [briefCommand(action.command)];
      case 'seek':
        return [`seek ${String(action.stored)}`];
      case 'progress':
        return [`progress ${String(action.stored)}`];
      case 'reconnect':
        return [`reconnect ${String(action.afterMs)}`];
      case 'ask_later':
        return [`ask later ${String(action.afterMs)}`];
      case 'failed':
        return [`failed ${action.error.code}`];
      case 'pull':
      case 'done':
        return [action.kind];
    }
  });
}

function briefCommand(command: Command): string {
  switch (command.kind) {
    case 'bets':
      return `send bets ${String(command.offset)}`;
    case 'finished':
      return `send finished ${String(command.total)}`;
    case 'ask_winners':
      return `send ask ${String(command.first)}`;
    case 'introduce':
    case 'no_bets':
    case 'nothing':
    case 'untaken_bets':
    case 'ask_total':
    case 'ping':
    case 'goodbye':
      return `send ${command.kind}`;
  }
}

/** The line of a changed phase, of which there is one for each. */
export function isPhaseLine(action: AgencyAction): boolean {
  return action.kind === 'log' && action.action === 'agency_phase';
}

export class AgencyScene {
  readonly session: AgencySession;
  /** Everything that the session has asked for. */
  readonly actions: AgencyAction[] = [];

  constructor(options: Partial<AgencySessionOptions> = {}) {
    const token = Buffer.from('secret');
    this.session = new AgencySession({
      agency: AGENCY,
      window: 3,
      token,
      finish: true,
      ...options,
    });
  }

  /** @returns what the session asks for, in short */
  on(event: AgencyEvent): string[] {
    const asked = this.session.handle(event).filter((action) => !isPhaseLine(action));
    this.actions.push(...asked);
    return brief(asked);
  }

  connect(): string[] {
    return this.on({ kind: 'connected' });
  }

  receive(reply: ReceivedReply): string[] {
    return this.on({ kind: 'reply', reply });
  }

  welcome(
    stored: number,
    checksum = sumOf(stored),
    window = 8,
    stage: AgencyStage = 'loading',
  ): string[] {
    return this.receive({ kind: 'welcome', stored, checksum, window, stage });
  }

  ack(upTo: number): string[] {
    return this.receive({ kind: 'ack', upTo });
  }

  reject(reason: string, offset = 0, index = 0xffff): string[] {
    return this.receive({ kind: 'reject', offset, expected: 0, index, reason });
  }

  /** The source is where it was sent. */
  ready(): string[] {
    return this.on({ kind: 'source_ready' });
  }

  pulled(offset: number, count = 2): string[] {
    return this.on({ kind: 'pulled', batch: sourceBatch(offset, count) });
  }

  exhausted(): string[] {
    return this.on({ kind: 'pulled', batch: null });
  }

  disconnect(): string[] {
    return this.on({ kind: 'disconnected' });
  }

  /** From nothing to loading from an offset. */
  startLoading(stored = 0, window = 8): this {
    this.connect();
    this.welcome(stored, sumOf(stored), window);
    this.ready();
    return this;
  }

  /** From nothing to asking for winners, with some bets stored. */
  startAsking(bets = 2): this {
    this.startLoading();
    this.pulled(0, bets);
    this.ack(bets);
    this.exhausted();
    this.ack(bets);
    return this;
  }

  /** What the session ended with. */
  get end(): AgencyAction | undefined {
    return this.actions.find(({ kind }) => kind === 'done' || kind === 'failed');
  }

  /** The winners that it received, in order. */
  get documents(): string[] {
    return this.actions.flatMap((action) => (action.kind === 'winners' ? action.documents : []));
  }

  logs(): string[] {
    return this.actions.flatMap((action) =>
      action.kind === 'log'
        ? [`${action.level} ${action.action} ${action.result} ${JSON.stringify(action.details)}`]
        : [],
    );
  }
}
