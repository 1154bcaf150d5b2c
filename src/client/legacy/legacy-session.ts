/**
 * The agency's session with a legacy central, a state machine without I/O: events in, actions out. It has no
 * socket, file or clock.
 *
 * One request is in flight at a time. No dialect lets an agency ask what the central has stored, so
 * unanswered bets are never sent again: the agency stops with an error.
 */
import { LoteriaError, type ErrorCode } from '../../base/errors';
import { invariant, unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { LogDetails, LogResult } from '../../base/log';
import type { AgencyDialect, Awaited, LegacyReply } from '../../protocol/dialects/agency-dialect';
import type { AgencyOutcome } from '../session/agency-action';
import type { LegacyBatch } from './packer';

/**
 * - `packing`: the next message of bets is being made.
 * - `connecting`: there is a request and no connection.
 * - `awaiting`: the request is sent.
 * - `pausing`: the request will be sent again.
 * - `ended`: done, or failed.
 */
export type LegacyPhase = 'packing' | 'connecting' | 'awaiting' | 'pausing' | 'ended';

export type LegacyEvent =
  | { readonly kind: 'started' }
  /** null: there are no more bets. */
  | { readonly kind: 'packed'; readonly batch: LegacyBatch | null }
  | { readonly kind: 'connected' }
  /** A connection could not be made; it is tried again. */
  | { readonly kind: 'unreachable' }
  /** The connection is no more, or of no more use. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  | { readonly kind: 'reply'; readonly reply: LegacyReply }
  /** The bytes are no reply of the dialect. */
  | { readonly kind: 'nonsense'; readonly what: string }
  | { readonly kind: 'pause_over' };

export type LegacyAction =
  | { readonly kind: 'pack' }
  /** Make a connection; `after` a failure, wait first. */
  | { readonly kind: 'connect'; readonly failure: string | null }
  /** `answer`: whether the central owes one soon, only after the draw, or none. */
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly answer: 'soon' | 'drawn' | 'none' }
  | { readonly kind: 'hang_up' }
  /** `busy`: the pause before asking again; `resend`: a pause that grows with the attempts. */
  | { readonly kind: 'pause'; readonly cause: 'busy' | 'resend'; readonly attempt: number }
  | { readonly kind: 'progress'; readonly stored: number; readonly sourceBytes: number }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly action: string;
      readonly result: LogResult;
      readonly details: LogDetails;
    }
  /** Winners of the agency, in order. */
  | { readonly kind: 'winners'; readonly documents: readonly string[] }
  | { readonly kind: 'done'; readonly outcome: AgencyOutcome }
  | { readonly kind: 'failed'; readonly error: LoteriaError };

type LogLevel = 'debug' | 'info' | 'warning' | 'error';

type Request =
  | { readonly kind: 'batch'; readonly bytes: Buffer; readonly batch: LegacyBatch }
  | { readonly kind: 'finish'; readonly bytes: Buffer }
  | { readonly kind: 'question'; readonly bytes: Buffer };

export interface LegacySessionOptions {
  readonly dialect: AgencyDialect;
  /** Whether to declare the end of the bets, and to ask for the winners. */
  readonly finish: boolean;
}

export class LegacySession {
  private phase: LegacyPhase = 'packing';
  private request: Request | null = null;
  private online = false;
  private stored = 0;
  private resends = 0;
  /** Times that the central was too busy to answer the question for winners. */
  private busies = 0;
  /** The central may have forgotten that the agency is ready: repeat "ready" before the query. */
  private mustFinishAgain = false;
  private actions: LegacyAction[] = [];

  constructor(private readonly options: LegacySessionOptions) {}

  get currentPhase(): LegacyPhase {
    return this.phase;
  }

  /** The request that the next reply answers; null: none is due. */
  get awaited(): Awaited | null {
    if (this.phase !== 'awaiting' || this.request === null) return null;
    return this.request.kind === 'question' ? 'winners' : 'answer';
  }

  /** Bets of this run that are acknowledged. */
  get acknowledged(): number {
    return this.stored;
  }

  /** How many bets are safe, for errors. */
  get account(): string {
    return `${String(this.stored)} bets are acknowledged`;
  }

  /** Handles an event; returns the actions, in order. */
  handle(event: LegacyEvent): LegacyAction[] {
    this.actions = [];
    if (this.phase !== 'ended') this.dispatch(event);
    return this.actions;
  }

  private dispatch(event: LegacyEvent): void {
    switch (event.kind) {
      case 'started':
        this.actions.push({ kind: 'pack' });
        return;
      case 'packed':
        this.receivePacked(event.batch);
        return;
      case 'connected':
        invariant(!this.online, 'connected twice');
        this.online = true;
        this.transmit();
        return;
      case 'disconnected':
        this.online = false;
        this.doubtCentral();
        this.lose(event.reason);
        return;
      case 'unreachable':
        this.doubtCentral();
        return;
      case 'reply':
        this.handleReply(event.reply);
        return;
      case 'nonsense':
        this.fail(
          'CENTRAL_REFUSED',
          `what answers is no such central: ${event.what}; ${this.account}`,
        );
        return;
      case 'pause_over':
        this.transmit();
        return;
      default:
        unreachable(event);
    }
  }

  private receivePacked(batch: LegacyBatch | null): void {
    if (batch !== null) this.ask({ kind: 'batch', bytes: batch.message, batch });
    else if (this.options.finish) this.finish();
    else this.end(null);
  }

  private finish(): void {
    const { dialect } = this.options;
    if (this.stored === 0 && dialect.ignoresEmptyAgencies) {
      const error = 'an original central of this dialect never answers an agency without bets';
      this.log('warning', 'finish', 'in_progress', { error });
    }
    const bytes = dialect.encodeFinish();
    if (bytes === null) this.askForWinners();
    else this.ask({ kind: 'finish', bytes });
  }

  private askForWinners(): void {
    this.ask({ kind: 'question', bytes: this.options.dialect.encodeQuestion() });
  }

  private ask(request: Request): void {
    this.request = request;
    this.resends = 0;
    this.transmit();
  }

  /** Sends the request, over a new connection if there is none. */
  private transmit(): void {
    if (!this.online) {
      this.phase = 'connecting';
      this.actions.push({ kind: 'connect', failure: null });
      return;
    }
    if (this.mustFinishAgain) this.request = this.readiness();
    const { request } = this;
    invariant(request !== null, 'connected without a request');
    this.phase = 'awaiting';
    const isHeld = request.kind === 'question' && this.options.dialect.holdsQuestion;
    this.actions.push({ kind: 'send', bytes: request.bytes, answer: isHeld ? 'drawn' : 'soon' });
  }

  /** Repeats the end of the bets; the query follows. */
  private readiness(): Request | null {
    this.mustFinishAgain = false;
    const bytes = this.options.dialect.encodeFinish();
    return bytes === null ? this.request : { kind: 'finish', bytes };
  }

  private handleReply(reply: LegacyReply): void {
    const { request } = this;
    if (request === null || this.phase !== 'awaiting') {
      this.fail('CENTRAL_REFUSED', 'the central sent a reply to nothing');
      return;
    }
    if (this.options.dialect.connectionPerRequest) this.hangUp();
    switch (reply.kind) {
      case 'stored':
        this.handleStored(request);
        return;
      case 'try_again':
        this.handleTryAgain(request);
        return;
      case 'refused':
        this.refuse(request, reply.text);
        return;
      case 'not_taken':
        this.doubtCentral();
        this.phase = 'connecting';
        this.actions.push({ kind: 'connect', failure: reply.why });
        return;
      case 'busy':
        this.handleBusy();
        return;
      case 'winners':
        this.actions.push({ kind: 'winners', documents: reply.documents });
        this.end(reply.documents.length);
        return;
      default:
        unreachable(reply);
    }
  }

  private handleStored(request: Request): void {
    this.request = null;
    if (request.kind !== 'batch') {
      this.askForWinners();
      return;
    }
    const { batch } = request;
    this.stored += batch.count;
    const { stored, options } = this;
    this.log('debug', 'batch_stored', 'success', { stored });
    this.actions.push({ kind: 'progress', stored, sourceBytes: batch.sourceBytes });
    this.say(options.dialect.acknowledgement);
    if (batch.last) {
      this.askForWinners();
      return;
    }
    this.phase = 'packing';
    this.actions.push({ kind: 'pack' });
  }

  /** Every few queries: logs that the agency waits, and repeats "ready". */
  private handleBusy(): void {
    const isFirst = this.busies === 0;
    this.busies++;
    this.log('debug', 'busy', 'in_progress', {});
    const isDue = this.busies % LIMITS.legacyBusyRepliesMax === 0;
    if (isFirst || isDue) {
      this.log('info', 'consulta_ganadores', 'in_progress', { consultas: this.busies });
    }
    if (isDue) this.doubtCentral();
    this.pause('busy');
  }

  /**
   * An original central keeps the ready agencies in memory only. A restarted one answers `busy` forever, and
   * since each query has a connection of its own, nothing else shows the restart. Repeating "ready" is
   * idempotent.
   */
  private doubtCentral(): void {
    const isAsking = this.request?.kind === 'question';
    if (isAsking && this.options.dialect.connectionPerRequest) this.mustFinishAgain = true;
  }

  private handleTryAgain(request: Request): void {
    if (this.resends === LIMITS.legacyResendsMax) {
      this.refuse(request, `it was sent ${String(this.resends + 1)} times`);
      return;
    }
    this.resends++;
    this.log('warning', 'resend', 'in_progress', { stored: this.stored, attempt: this.resends });
    this.pause('resend');
  }

  private pause(cause: 'busy' | 'resend'): void {
    this.phase = 'pausing';
    this.actions.push({ kind: 'pause', cause, attempt: this.resends });
  }

  private refuse(request: Request, text: string): void {
    const why = text === '' ? '' : `: ${text.slice(0, LIMITS.errorTextBytesMax)}`;
    if (request.kind !== 'batch') {
      const what = request.kind === 'finish' ? 'the end of the bets' : 'the question for winners';
      this.fail('CENTRAL_REFUSED', `the central refused ${what}${why}; ${this.account}`);
      return;
    }
    const { count } = request.batch;
    const bets = `bets ${String(this.stored)} to ${String(this.stored + count - 1)}`;
    this.log('error', 'batch_stored', 'fail', { offset: this.stored, cantidad: count });
    const rest = `${this.account}, those behind these were not sent`;
    this.fail('BATCH_REJECTED', `the central rejected ${bets}${why}; ${rest}`);
  }

  /** What may be done again without a bet being stored twice is; else the agency stops. */
  private lose(reason: string): void {
    const { request } = this;
    const { dialect } = this.options;
    const isSafe =
      this.phase === 'awaiting' && request !== null
        ? (request.kind === 'question' && dialect.asksOnAnyConnection) ||
          (request.kind === 'finish' && dialect.connectionPerRequest)
        : dialect.connectionPerRequest;
    if (isSafe) {
      if (this.phase !== 'awaiting') return;
      this.repeatEndIfUnknown();
      this.phase = 'connecting';
      this.actions.push({ kind: 'connect', failure: reason });
      return;
    }
    this.fail('CONNECTION_LOST', `${reason}; ${this.account}, ${this.describeRest()}`);
  }

  /** Where only bets name the agency, one without bets is forgotten with its connection. */
  private repeatEndIfUnknown(): void {
    const { dialect } = this.options;
    if (!dialect.marksLast || this.stored > 0) return;
    const bytes = dialect.encodeFinish();
    if (bytes !== null) this.request = { kind: 'finish', bytes };
  }

  private describeRest(): string {
    const { request, phase } = this;
    if (request?.kind === 'question') return 'the winners have not come';
    if (request?.kind === 'finish') {
      return 'whether the central knows that there are no more is in doubt';
    }
    const rest =
      'the rest was not sent: this dialect cannot resume, and sending again could store bets twice';
    if (request === null || phase !== 'awaiting') return rest;
    const count = String(request.batch.count);
    return `the next ${count} are in doubt, they may be stored or not; ${rest}`;
  }

  private hangUp(): void {
    this.online = false;
    this.actions.push({ kind: 'hang_up' });
  }

  private say(bytes: Buffer): void {
    if (bytes.length > 0) this.actions.push({ kind: 'send', bytes, answer: 'none' });
  }

  private end(winners: number | null): void {
    const { dialect } = this.options;
    // An acknowledgement of stored bets; `tlv` uses the same message as goodbye.
    if (this.online && !(winners === null && dialect.acknowledgement.length > 0)) {
      this.say(dialect.farewell);
    }
    this.phase = 'ended';
    this.actions.push({ kind: 'done', outcome: { stored: this.stored, winners } });
  }

  private fail(code: ErrorCode, message: string): void {
    this.phase = 'ended';
    this.actions.push({ kind: 'failed', error: new LoteriaError(code, message) });
  }

  private log(level: LogLevel, action: string, result: LogResult, details: LogDetails): void {
    this.actions.push({ kind: 'log', level, action, result, details });
  }
}
