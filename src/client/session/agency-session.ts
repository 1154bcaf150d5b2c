/**
 * The agency's session, a state machine without I/O: events in, actions out. It has no socket, file or
 * clock, so that a simulator can drive it.
 *
 * A connection may end at any time. The session repeats the handshake on the next one and resumes at the
 * offset that the central names.
 */
import { invariant, unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { ResultsReply, TotalReply } from '../../protocol/commands';
import type { ReceivedReject, ReceivedReply } from '../../protocol/native/agency-codec';
import type { AgencyEvent, Reconnection } from './agency-action';
import { AgencyLoading, type Welcome } from './agency-loading';
import { PASSING_ERRORS, REFUSAL_ADVICE, ROW_ADVICE } from './setbacks';
import { WinnerPages } from './winner-pages';

export class AgencySession extends AgencyLoading {
  private readonly pages = new WinnerPages();

  /** Whether the central owes an answer; then its silence is suspicious. */
  get isWaitingForCentral(): boolean {
    const { phase } = this;
    if (phase === 'loading') return this.queue.sent > 0;
    return !['offline', 'seeking', 'pausing', 'ended'].includes(phase);
  }

  /**
   * Whether the connection that there is has led somewhere: patience counts from then on. A central
   * that welcomes an agency and drops it has led nowhere.
   */
  get isGettingOn(): boolean {
    return this.isAsking || this.phase === 'seeking';
  }

  private get isAsking(): boolean {
    return this.phase === 'asking' || this.phase === 'pausing';
  }

  /** Replies so far that brought nothing new; NOT_YET is not among them. */
  get idleReplies(): number {
    return this.idle.total;
  }

  protected override dispatch(event: AgencyEvent): void {
    switch (event.kind) {
      case 'connected':
        invariant(this.phase === 'offline', 'connected twice');
        this.setPhase('handshake');
        this.introduce();
        return;
      case 'disconnected':
        this.goOffline({ elsewhere: true });
        return;
      case 'reply':
        if (this.phase !== 'offline') this.handleReply(event.reply);
        return;
      case 'source_ready':
        this.reachSeek();
        return;
      case 'pulled':
        this.receivePulled(event.batch);
        return;
      case 'ask_again':
        if (this.phase === 'pausing') this.ask();
        return;
      case 'second_over':
        this.idle.startSecond();
        return;
      default:
        unreachable(event);
    }
  }

  protected introduce(): void {
    const { agency, token } = this.options;
    this.send({ kind: 'introduce', agency, token });
  }

  private handleReply(reply: ReceivedReply): void {
    switch (reply.kind) {
      case 'welcome':
        this.handleWelcome(reply);
        return;
      case 'ack':
        this.handleAck(reply.upTo);
        return;
      case 'reject':
        this.handleReject(reply);
        return;
      case 'winners':
        this.handleWinners(reply);
        return;
      case 'results':
      case 'total':
        this.handleOther(reply);
        return;
      case 'not_yet':
        this.handleNotYet(reply.retryAfterMs);
        return;
      case 'busy':
      case 'goodbye':
        this.log('info', reply.kind, 'in_progress', { retry_after_ms: reply.retryAfterMs });
        this.goOffline({
          afterMs: reply.retryAfterMs,
          reason: `the central said ${reply.kind}`,
          elsewhere: true,
        });
        return;
      case 'error':
        this.handleError(reply.code, reply.text);
        return;
      case 'pong':
        this.fail('CENTRAL_REFUSED', 'the central sent PONG, and was not asked for it');
        return;
      default:
        unreachable(reply);
    }
  }

  /** A reply that only another edition has. */
  protected handleOther({ kind }: ResultsReply | TotalReply): void {
    this.failProtocol(`it sent ${kind}, which is of another edition`);
  }

  private handleWelcome(welcome: Welcome): void {
    if (this.phase !== 'handshake') {
      this.failProtocol('it sent WELCOME twice');
      return;
    }
    const { stored, stage } = welcome;
    this.log('info', 'introduce', 'success', { agency: this.options.agency, stored, stage });
    const wentBack = this.witness.observe(welcome, stage);
    if (wentBack === undefined) this.enter(welcome);
    else this.fail('STORE_WENT_BACK', wentBack);
  }

  protected enter(welcome: Welcome): void {
    this.resume(welcome);
  }

  private handleAck(upTo: number): void {
    if (this.phase === 'finishing') this.handleFinishedAck(upTo);
    else if (this.phase === 'loading') this.handleBatchAck(upTo);
    else this.noteIdleReply();
  }

  private handleFinishedAck(upTo: number): void {
    const { stored } = this.queue;
    if (upTo !== stored) {
      this.failProtocol(`it acknowledged ${String(upTo)} bets behind FINISHED ${String(stored)}`);
      return;
    }
    this.witness.noteStage('finished');
    this.ask();
  }

  protected handleBatchAck(upTo: number): void {
    this.settle(upTo);
  }

  private handleReject(reject: ReceivedReject): void {
    const { reason, offset, index } = reject;
    const bet = index === 0xffff ? 'all' : offset + index;
    this.log('error', 'batch_stored', 'fail', { code: reason, offset, bet });
    if (this.setbacks.noteRejection(reason)) {
      this.queue.clear();
      this.goOffline({ elsewhere: false });
      return;
    }
    const which = index === 0xffff ? `the batch at bet ${String(offset)}` : `bet ${String(bet)}`;
    const advice = index === 0xffff ? '' : ROW_ADVICE;
    this.fail('BATCH_REJECTED', `the central rejected ${which}: ${reason}${advice}`);
  }

  private handleWinners(page: Extract<ReceivedReply, { kind: 'winners' }>): void {
    if (!this.isAsking) {
      this.noteIdleReply();
      return;
    }
    const verdict = this.pages.take(page, this.queue.stored);
    if (typeof verdict === 'object') {
      this.failProtocol(verdict.problem);
      return;
    }
    this.witness.noteStage('drawn');
    this.setbacks.forget();
    this.act({ kind: 'winners', documents: page.documents });
    if (verdict === 'more') {
      this.ask();
      return;
    }
    this.send({ kind: 'goodbye' });
    this.end({ stored: this.queue.stored, winners: this.pages.count });
  }

  private handleNotYet(retryAfterMs: number): void {
    if (!this.isAsking) this.noteIdleReply();
    else if (this.idle.noteNotYet()) this.failProtocol('it floods with NOT_YET');
    else if (retryAfterMs > 0) this.askLater(retryAfterMs);
  }

  private handleError(code: string, whole: string): void {
    const text = whole.slice(0, LIMITS.errorTextBytesMax);
    if (code === 'REPLACED' && !this.setbacks.noteReplacement()) {
      const who = `agency ${String(this.options.agency)}, and replaces this one again and again`;
      this.fail('REPLACED', `another program connects as ${who}; run one`);
    } else if (PASSING_ERRORS.has(code)) {
      this.log('info', 'session', 'in_progress', { code, reason: text });
      // Two programs of one agency would otherwise follow each other through all centrals.
      this.goOffline({ elsewhere: code !== 'REPLACED' });
    } else {
      const advice = REFUSAL_ADVICE[code] ?? '';
      this.fail('CENTRAL_REFUSED', `the central refused: ${code}: ${text}${advice}`);
    }
  }

  private ask(): void {
    this.setPhase('asking');
    this.sendQuestion();
  }

  protected sendQuestion(): void {
    this.send({ kind: 'ask_winners', first: this.pages.count, wait: true });
  }

  protected askLater(afterMs: number): void {
    this.setPhase('pausing');
    this.act({ kind: 'ask_later', afterMs });
  }

  private goOffline(reconnection: Reconnection): void {
    this.setPhase('offline');
    this.queue.disconnect();
    this.act({ kind: 'reconnect', ...reconnection });
  }
}
