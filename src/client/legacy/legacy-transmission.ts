/**
 * Sends a legacy agency's requests, one at a time: repeated where the dialect allows it, refused, or lost with
 * their connection.
 */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Awaited } from '../../protocol/dialects/agency/agency-dialect';
import { AgencyMachine } from '../session/agency-machine';
import {
  LEGACY_TRANSITIONS,
  type LegacyEvent,
  type LegacyPhase,
  type LegacyRequest,
  type LegacySessionOptions,
} from './legacy-action';
import {
  describeRefusal,
  describeRest,
  finishOf,
  maySendAgain,
  type Request,
} from './legacy-request';

export abstract class LegacyTransmission extends AgencyMachine<
  LegacyPhase,
  LegacyRequest,
  LegacyEvent
> {
  protected request: Request | null = null;
  protected online = false;
  protected stored = 0;
  private resends = 0;
  /** The central may have forgotten that the agency is ready: repeat "ready" before the query. */
  private mustFinishAgain = false;

  constructor(protected readonly options: LegacySessionOptions) {
    super('packing', LEGACY_TRANSITIONS);
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

  protected ask(request: Request): void {
    this.request = request;
    this.resends = 0;
    this.transmit();
  }

  /** Sends the request, over a new connection if there is none. */
  protected transmit(): void {
    if (!this.online) {
      this.setPhase('connecting');
      this.act({ kind: 'connect', failure: null });
      return;
    }
    if (this.mustFinishAgain) this.request = finishOf(this.options.dialect) ?? this.request;
    this.mustFinishAgain = false;
    const { request } = this;
    invariant(request !== null, 'connected without a request');
    this.setPhase('awaiting');
    const isHeld = request.kind === 'question' && this.options.dialect.holdsQuestion;
    this.act({ kind: 'send', bytes: request.bytes, answer: isHeld ? 'drawn' : 'soon' });
  }

  /**
   * An original central keeps the ready agencies in memory only. A restarted one answers `busy` forever, and
   * since each query has a connection of its own, nothing else shows the restart. Repeating "ready" is
   * idempotent.
   */
  protected doubtCentral(): void {
    const isAsking = this.request?.kind === 'question';
    if (isAsking && this.options.dialect.connectionPerRequest) this.mustFinishAgain = true;
  }

  protected sendAgain(request: Request): void {
    if (this.resends === LIMITS.legacyResendsMax) {
      this.refuse(request, `it was sent ${String(this.resends + 1)} times`);
      return;
    }
    this.resends++;
    this.log('warning', 'resend', 'in_progress', { stored: this.stored, attempt: this.resends });
    this.pause('resend');
  }

  protected pause(cause: 'busy' | 'resend'): void {
    this.setPhase('pausing');
    this.act({ kind: 'pause', cause, attempt: this.resends });
  }

  protected refuse(request: Request, text: string): void {
    const why = text === '' ? '' : `: ${text.slice(0, LIMITS.errorTextBytesMax)}`;
    const message = describeRefusal(request, this.stored, `${why}; ${this.account}`);
    if (request.kind === 'batch') {
      const details = { offset: this.stored, cantidad: request.batch.count };
      this.log('error', 'batch_stored', 'fail', details);
      this.fail('BATCH_REJECTED', message);
    } else this.fail('CENTRAL_REFUSED', message);
  }

  /** What may be done again without a bet being stored twice is; else the agency stops. */
  protected lose(reason: string): void {
    const isSent = this.phase === 'awaiting';
    if (maySendAgain(isSent ? this.request : null, this.options.dialect)) {
      if (!isSent) return;
      this.repeatEndIfUnknown();
      this.setPhase('connecting');
      this.act({ kind: 'connect', failure: reason });
      return;
    }
    const rest = describeRest(this.request, isSent);
    this.fail('CONNECTION_LOST', `${reason}; ${this.account}, ${rest}`);
  }

  /** Where only bets name the agency, one without bets is forgotten with its connection. */
  private repeatEndIfUnknown(): void {
    const { dialect } = this.options;
    if (dialect.marksLast && this.stored === 0) this.request = finishOf(dialect) ?? this.request;
  }

  protected hangUp(): void {
    this.online = false;
    this.act({ kind: 'hang_up' });
  }

  /** Sends what is not answered. */
  protected notify(bytes: Buffer): void {
    if (bytes.length > 0) this.act({ kind: 'send', bytes, answer: 'none' });
  }
}
