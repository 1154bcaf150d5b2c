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
import type { Batch } from '../csv/batch';
import type { AgencyAction, AgencyEvent, AgencySessionOptions } from './agency-action';
import { AgencyMachine } from './agency-machine';
import { IdleReplies } from './idle-replies';
import { PASSING_ERRORS, Setbacks } from './passing-failures';
import { SendQueue } from './send-queue';
import { SourceState } from './source-state';
import { WinnerPages } from './winner-pages';
import { Witness, type Holding } from './witness';

export class AgencySession extends AgencyMachine {
  private readonly queue = new SendQueue();
  private window: number;
  private readonly source = new SourceState();
  private readonly setbacks = new Setbacks();
  private readonly pages = new WinnerPages();
  protected readonly witness = new Witness();
  private readonly idle = new IdleReplies();

  constructor(private readonly options: AgencySessionOptions) {
    super();
    this.window = options.window;
  }

  /** Whether the central owes an answer; then its silence is suspicious. */
  get isWaitingForCentral(): boolean {
    const { phase } = this;
    if (phase === 'loading') return this.queue.sent > 0;
    return phase === 'handshake' || phase === 'finishing' || phase === 'asking';
  }

  /**
   * Whether the connection that there is has led somewhere: patience counts from then on. A central
   * that welcomes an agency and drops it has led nowhere.
   */
  get isGettingOn(): boolean {
    return this.phase === 'asking' || this.phase === 'seeking';
  }

  /** The bets of the agency that the central has reported as stored; null: none reported yet. */
  get holding(): Holding | null {
    return this.witness.holding;
  }

  /** The oldest batch that the central owes an answer for. */
  protected get unanswered(): Batch | undefined {
    return this.queue.unanswered;
  }

  /** Replies so far that brought nothing new; NOT_YET is not among them. */
  get idleReplies(): number {
    return this.idle.total;
  }

  /** Handles an event; returns the actions, in order. */
  handle(event: AgencyEvent): AgencyAction[] {
    if (this.phase !== 'ended') this.dispatch(event);
    return this.takeActions();
  }

  private dispatch(event: AgencyEvent): void {
    switch (event.kind) {
      case 'connected':
        invariant(this.phase === 'offline', 'connected twice');
        this.setPhase('handshake');
        this.introduce();
        return;
      case 'disconnected':
        this.goOffline(undefined);
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
        if (this.phase === 'asking') this.ask();
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
        this.goOffline(reply.retryAfterMs, `the central said ${reply.kind}`);
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
    this.accuse(`it sent ${kind}, which is of another edition`);
  }

  private handleWelcome(welcome: Extract<ReceivedReply, { kind: 'welcome' }>): void {
    if (this.phase !== 'handshake') {
      this.accuse('it sent WELCOME twice');
      return;
    }
    const { stored, checksum, stage } = welcome;
    this.log('info', 'introduce', 'success', { agency: this.options.agency, stored, stage });
    const wentBack = this.witness.observe(welcome, stage);
    this.window = Math.min(this.options.window, welcome.window);
    if (wentBack !== undefined) this.fail('STORE_WENT_BACK', wentBack);
    else if (!this.source.isSeeking && this.queue.resumeAt(stored, checksum)) {
      this.setPhase('loading');
      this.noteProgress(false);
      this.load();
    } else {
      this.queue.clear();
      this.setPhase('seeking');
      this.source.seek(welcome);
      this.act({ kind: 'seek', stored, checksum });
    }
  }

  /** The source is where the oldest seek sent it; only the last one counts. */
  private reachSeek(): void {
    const reached = this.source.arrive();
    if (reached === undefined) return;
    this.queue.restartAt(reached.stored, reached.checksum);
    if (this.phase !== 'seeking') return;
    this.setPhase('loading');
    this.noteProgress(false);
    this.load();
  }

  private handleAck(upTo: number): void {
    if (this.phase === 'finishing') this.handleFinishedAck(upTo);
    else if (this.phase === 'loading') this.handleBatchAck(upTo);
    else this.passOver();
  }

  private handleFinishedAck(upTo: number): void {
    const { stored } = this.queue;
    if (upTo !== stored) {
      this.accuse(`it acknowledged ${String(upTo)} bets behind FINISHED ${String(stored)}`);
      return;
    }
    this.setPhase('asking');
    this.witness.noteStage('finished');
    this.ask();
  }

  protected handleBatchAck(upTo: number): void {
    this.settle(upTo);
  }

  /** The central has stored every bet before `upTo`. */
  protected settle(upTo: number): void {
    const { queue } = this;
    const fault = queue.findFault(upTo);
    if (fault !== undefined) this.accuse(fault);
    else if (!queue.acknowledge(upTo)) this.passOver();
    else {
      this.log('debug', 'batch_stored', 'success', { stored: upTo });
      this.witness.noteStored(queue.holding);
      this.noteProgress(true);
      this.load();
    }
  }

  private handleReject(reject: ReceivedReject): void {
    const { reason, offset, index } = reject;
    const bet = index === 0xffff ? 'all' : offset + index;
    this.log('error', 'batch_stored', 'fail', { code: reason, offset, bet });
    if (this.setbacks.noteRejection(reason)) {
      this.queue.clear();
      this.goOffline(undefined);
      return;
    }
    const which = index === 0xffff ? `the batch at bet ${String(offset)}` : `bet ${String(bet)}`;
    this.fail('BATCH_REJECTED', `the central rejected ${which}: ${reason}`);
  }

  private handleWinners(page: Extract<ReceivedReply, { kind: 'winners' }>): void {
    if (this.phase !== 'asking') {
      this.passOver();
      return;
    }
    const verdict = this.pages.take(page, this.queue.stored);
    if (typeof verdict === 'object') {
      this.accuse(verdict.problem);
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
    if (this.phase !== 'asking') this.passOver();
    else if (this.idle.noteNotYet()) this.accuse('it floods with NOT_YET');
    else if (retryAfterMs > 0) this.askLater(retryAfterMs);
  }

  /** An unsolicited reply, or one without news: harmless, unless there are many. */
  protected passOver(): void {
    if (this.idle.note()) this.accuse('it floods with replies that answer nothing');
  }

  private handleError(code: string, whole: string): void {
    const text = whole.slice(0, LIMITS.errorTextBytesMax);
    if (code === 'REPLACED' && !this.setbacks.noteReplacement()) {
      const who = `agency ${String(this.options.agency)}, and takes its place again and again`;
      this.fail('REPLACED', `another program speaks for ${who}; run one`);
    } else if (PASSING_ERRORS.has(code)) {
      this.log('info', 'session', 'in_progress', { code, reason: text });
      this.goOffline(undefined);
    } else this.fail('CENTRAL_REFUSED', `the central refused: ${code}: ${text}`);
  }

  protected receivePulled(batch: Batch | null): void {
    this.source.receive(batch);
    if (batch !== null) this.queue.push(batch);
    if (this.phase === 'loading') this.load();
  }

  /** Fills the window, asks the source for more, and sends FINISHED at its end. */
  private load(): void {
    if (this.phase !== 'loading') return;
    while (this.queue.sent < this.window) {
      const batch = this.queue.sendNext();
      if (batch === undefined) break;
      this.sendBatch(batch);
    }
    if (this.queue.length < this.window && this.source.pull()) this.act({ kind: 'pull' });
    if (this.source.isExhausted && this.queue.length === 0) this.finishLoading();
  }

  protected sendBatch({ form, offset, checksum, count, rows }: Batch): void {
    this.send({ kind: 'bets', form, offset, checksum, count, rows });
  }

  protected finishLoading(): void {
    if (!this.options.finish) {
      this.send({ kind: 'goodbye' });
      this.end({ stored: this.queue.stored, winners: null });
      return;
    }
    this.setPhase('finishing');
    this.send({ kind: 'finished', total: this.queue.stored });
  }

  protected ask(): void {
    this.send({ kind: 'ask_winners', first: this.pages.count, wait: true });
  }

  protected askLater(afterMs: number): void {
    this.act({ kind: 'ask_later', afterMs });
  }

  private goOffline(afterMs: number | undefined, reason?: string): void {
    this.setPhase('offline');
    this.queue.disconnect();
    this.act({ kind: 'reconnect', afterMs, reason });
  }

  private noteProgress(acknowledged: boolean): void {
    const { stored, sourceBytes } = this.queue;
    if (acknowledged) this.setbacks.forget();
    this.act({ kind: 'progress', acknowledged, stored, sourceBytes });
  }
}
