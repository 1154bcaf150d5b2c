/**
 * The agency's session with a legacy central, a state machine without I/O: events in, actions out. It has no
 * socket, file or clock.
 *
 * One request is in flight at a time. No dialect lets an agency ask what the central has stored, so
 * unanswered bets are never sent again: the agency stops with an error.
 */
import { invariant, unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { LegacyReply } from '../../protocol/dialects/agency/agency-dialect';
import type { LegacyEvent } from './legacy-action';
import { finishOf, questionOf, type Request } from './legacy-request';
import { LegacyTransmission } from './legacy-transmission';
import type { LegacyBatch } from './packer';

export class LegacySession extends LegacyTransmission {
  /** Times that the central was too busy to answer the question for winners. */
  private busies = 0;
  /** Winners that were handed on, and how many of them this connection has brought. */
  private winners = 0;
  private listed = 0;

  protected override dispatch(event: LegacyEvent): void {
    switch (event.kind) {
      case 'started':
        this.act({ kind: 'pack' });
        return;
      case 'packed':
        this.receivePacked(event.batch);
        return;
      case 'connected':
        this.listed = 0;
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
    else this.endWith(null);
  }

  private finish(): void {
    const { dialect } = this.options;
    if (this.stored === 0 && dialect.ignoresEmptyAgencies) {
      const error = 'an original central of this dialect never answers an agency without bets';
      this.log('warning', 'finish', 'in_progress', { error });
    }
    this.ask(finishOf(dialect) ?? questionOf(dialect));
  }

  private handleReply(reply: LegacyReply): void {
    const { request } = this;
    if (request === null || this.phase !== 'awaiting') {
      this.fail('CENTRAL_REFUSED', 'the central sent a reply to nothing');
      return;
    }
    if (reply.kind === 'some_winners') {
      this.handOn(reply.documents);
      return;
    }
    if (this.options.dialect.connectionPerRequest) this.hangUp();
    switch (reply.kind) {
      case 'stored':
        this.handleStored(request);
        return;
      case 'try_again':
        this.sendAgain(request);
        return;
      case 'refused':
        this.refuse(request, reply.text);
        return;
      case 'not_taken':
        this.doubtCentral();
        this.setPhase('connecting');
        this.act({ kind: 'connect', failure: reply.why });
        return;
      case 'busy':
        this.handleBusy();
        return;
      case 'winners':
        this.handOn(reply.documents);
        if (this.listed === this.winners) this.endWith(this.winners);
        else this.fail('CENTRAL_REFUSED', 'the central names fewer winners than before');
        return;
      default:
        unreachable(reply);
    }
  }

  /** Hands on winners, but none twice: a list that broke off comes again from its start. */
  private handOn(documents: readonly string[]): void {
    const fresh = documents.slice(Math.max(0, this.winners - this.listed));
    this.listed += documents.length;
    this.winners = Math.max(this.winners, this.listed);
    if (fresh.length > 0 || documents.length === 0) this.act({ kind: 'winners', documents: fresh });
  }

  private handleStored(request: Request): void {
    this.request = null;
    if (request.kind === 'batch') this.noteStored(request.batch);
    if (request.kind !== 'batch' || request.batch.last) {
      this.ask(questionOf(this.options.dialect));
      return;
    }
    this.setPhase('packing');
    this.act({ kind: 'pack' });
  }

  private noteStored({ count, sourceBytes }: LegacyBatch): void {
    this.stored += count;
    const { stored } = this;
    this.log('debug', 'batch_stored', 'success', { stored });
    this.act({ kind: 'progress', acknowledged: true, stored, sourceBytes });
    this.notify(this.options.dialect.acknowledgement);
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

  private endWith(winners: number | null): void {
    const { dialect } = this.options;
    // An acknowledgement of stored bets; `tlv` uses the same message as goodbye.
    if (this.online && !(winners === null && dialect.acknowledgement.length > 0)) {
      this.notify(dialect.farewell);
    }
    this.end({ stored: this.stored, winners });
  }
}
