/**
 * The agency's side of the conversation, as a pure state machine: it is told what happened and
 * answers with what to do. It has no socket, file or clock, so that a simulator can drive it.
 *
 * A connection may end at any time. The session then starts over with the next one: the central
 * names the offset that it has, and everything goes on from there.
 */
import { LoteriaError } from '../base/errors';
import { invariant, unreachable } from '../base/invariant';
import type { LogDetails, LogResult } from '../base/log';
import type { Command, ResultsReply, TotalReply } from '../protocol/commands';
import type { HeardReject, HeardReply } from '../protocol/native/agency-codec';
import type { AgencyEvent } from './agency-event';
import type { Batch } from './batch';
import { PASSING_ERRORS, REJECTIONS_MAX } from './passing-failures';
import { SendQueue } from './send-queue';

/**
 * - `offline`: there is no connection; one is being made, or waited for.
 * - `introducing`: INTRODUCE is sent, WELCOME has not come.
 * - `seeking`: the source goes to the offset that the central named.
 * - `loading`: batches are sent and acknowledged.
 * - `finishing`: FINISHED is sent.
 * - `asking`: ASK_WINNERS is sent.
 * - `ended`: done, or failed.
 */
export type AgencyPhase =
  'offline' | 'introducing' | 'seeking' | 'loading' | 'finishing' | 'asking' | 'ended';

export type AgencyAction =
  | { readonly kind: 'send'; readonly command: Command }
  | { readonly kind: 'seek'; readonly stored: number; readonly checksum: number }
  | { readonly kind: 'pull' }
  /** Drop the connection, if there is one, and make another after a while. */
  | {
      readonly kind: 'reconnect';
      readonly afterMs: number | undefined;
      /** What the central said, if it said something. */
      readonly reason: string | undefined;
    }
  | { readonly kind: 'ask_later'; readonly afterMs: number }
  /** Something went well; the pauses between attempts start anew if bets were stored. */
  | {
      readonly kind: 'progress';
      readonly acknowledged: boolean;
      readonly stored: number;
      readonly sourceBytes: number;
    }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'error';
      readonly action: string;
      readonly result: LogResult;
      readonly details: LogDetails;
    }
  | { readonly kind: 'done'; readonly outcome: AgencyOutcome }
  | { readonly kind: 'failed'; readonly error: LoteriaError };

export interface AgencyOutcome {
  /** Bets that the central has. */
  readonly stored: number;
  /** Winning documents; null when they were not asked for. */
  readonly winners: readonly string[] | null;
}

export interface AgencySessionOptions {
  readonly agency: number;
  /** Batches to keep unanswered at most, whatever the central allows. */
  readonly window: number;
  /** The agency's secret; empty when it has none. */
  readonly token: Buffer;
  /** Whether to declare the agency finished at the end, and to ask for its winners. */
  readonly finish: boolean;
}

export class AgencySession {
  private phase: AgencyPhase = 'offline';
  private readonly queue = new SendQueue();
  private window: number;
  /** Where the source was sent and has not arrived. */
  private readonly seeks: { readonly stored: number; readonly checksum: number }[] = [];
  /** The source owes a batch. */
  private pulling = false;
  /** The batch that it owes is from before it was sent elsewhere, and is not wanted. */
  private discardPulled = false;
  /** The source has been read to its end. */
  private exhausted = false;
  private rejections = 0;
  private readonly winners: string[] = [];
  private actions: AgencyAction[] = [];

  constructor(private readonly options: AgencySessionOptions) {
    this.window = options.window;
  }

  get currentPhase(): AgencyPhase {
    return this.phase;
  }

  /** Whether the central owes an answer; then its silence is suspicious. */
  get isWaitingForCentral(): boolean {
    return (
      this.phase === 'introducing' ||
      this.phase === 'finishing' ||
      this.phase === 'asking' ||
      (this.phase === 'loading' && this.queue.sent > 0)
    );
  }

  /** Whether the central has answered INTRODUCE on the connection that there is. */
  get isWelcome(): boolean {
    return this.phase !== 'offline' && this.phase !== 'introducing' && this.phase !== 'ended';
  }

  /** Takes in what happened; returns what to do, in order. */
  handle(event: AgencyEvent): AgencyAction[] {
    this.actions = [];
    if (this.phase !== 'ended') this.dispatch(event);
    return this.actions;
  }

  private dispatch(event: AgencyEvent): void {
    switch (event.kind) {
      case 'connected':
        invariant(this.phase === 'offline', 'connected twice');
        this.phase = 'introducing';
        this.introduce();
        return;
      case 'disconnected':
        this.goOffline(undefined);
        return;
      case 'reply':
        if (this.phase !== 'offline') this.hear(event.reply);
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
      default:
        unreachable(event);
    }
  }

  protected introduce(): void {
    const { agency, token } = this.options;
    this.send({ kind: 'introduce', agency, token });
  }

  private hear(reply: HeardReply): void {
    switch (reply.kind) {
      case 'welcome':
        this.hearWelcome(reply);
        return;
      case 'ack':
        this.hearAck(reply.upTo);
        return;
      case 'reject':
        this.hearReject(reply);
        return;
      case 'winners':
        this.hearWinners(reply);
        return;
      case 'results':
      case 'total':
        this.hearOther(reply);
        return;
      case 'not_yet':
        if (reply.retryAfterMs > 0 && this.phase === 'asking') {
          this.askLater(reply.retryAfterMs);
        }
        return;
      case 'busy':
      case 'goodbye':
        this.log('info', reply.kind, 'in_progress', { retry_after_ms: reply.retryAfterMs });
        this.goOffline(reply.retryAfterMs, `the central said ${reply.kind}`);
        return;
      case 'error':
        this.hearError(reply.code, reply.text);
        return;
      case 'pong':
        this.fail('CENTRAL_REFUSED', 'the central sent PONG, and was not asked for it');
        return;
      default:
        unreachable(reply);
    }
  }

  /** A reply that only another edition has. */
  protected hearOther({ kind }: ResultsReply | TotalReply): void {
    this.fail('CENTRAL_REFUSED', `the central sent ${kind}, which is of another edition`);
  }

  private hearWelcome(welcome: Extract<HeardReply, { kind: 'welcome' }>): void {
    if (this.phase !== 'introducing') {
      this.fail('CENTRAL_REFUSED', 'the central sent WELCOME twice');
      return;
    }
    const { agency } = this.options;
    const { stored, checksum, stage } = welcome;
    this.log('info', 'introduce', 'success', { agency, stored, stage });
    this.window = Math.min(this.options.window, welcome.window);
    if (this.seeks.length === 0 && this.queue.resumeAt(stored, checksum)) {
      this.phase = 'loading';
      this.noteProgress(false);
      this.load();
      return;
    }
    this.queue.clear();
    this.discardPulled = this.pulling;
    this.phase = 'seeking';
    this.seeks.push({ stored, checksum });
    this.actions.push({ kind: 'seek', stored, checksum });
  }

  /** The source is where the oldest seek sent it; only the last one counts. */
  private reachSeek(): void {
    const reached = this.seeks.shift();
    invariant(reached !== undefined, 'the source went where nobody sent it');
    if (this.seeks.length > 0) return;
    this.exhausted = false;
    this.queue.restartAt(reached.stored, reached.checksum);
    if (this.phase !== 'seeking') return;
    this.phase = 'loading';
    this.noteProgress(false);
    this.load();
  }

  protected hearAck(upTo: number): void {
    if (this.phase === 'finishing') {
      this.phase = 'asking';
      this.ask();
      return;
    }
    if (this.phase !== 'loading' || !this.queue.acknowledge(upTo)) return;
    this.rejections = 0;
    this.log('debug', 'batch_stored', 'success', { stored: upTo });
    this.noteProgress(true);
    this.load();
  }

  private hearReject(reject: HeardReject): void {
    const { reason, offset, index } = reject;
    const details = { code: reason, offset, bet: index === 0xffff ? 'all' : offset + index };
    this.log('error', 'batch_stored', 'fail', details);
    this.rejections++;
    if (this.rejections < (REJECTIONS_MAX.get(reason) ?? 0)) {
      this.queue.clear();
      this.goOffline(undefined);
      return;
    }
    const which =
      index === 0xffff ? `the batch at bet ${String(offset)}` : `bet ${String(offset + index)}`;
    this.fail('BATCH_REJECTED', `the central rejected ${which}: ${reason}`);
  }

  private hearWinners(reply: Extract<HeardReply, { kind: 'winners' }>): void {
    if (this.phase !== 'asking') return;
    if (reply.first !== this.winners.length) {
      this.fail(
        'CENTRAL_REFUSED',
        'the central sent another page of winners than it was asked for',
      );
      return;
    }
    this.winners.push(...reply.documents);
    if (this.winners.length < reply.total) {
      if (reply.documents.length > 0) this.ask();
      else this.fail('CENTRAL_REFUSED', 'the central sent an empty page of winners before the end');
      return;
    }
    this.send({ kind: 'goodbye' });
    this.end({ stored: this.queue.stored, winners: this.winners });
  }

  private hearError(code: string, text: string): void {
    if (PASSING_ERRORS.has(code)) {
      this.log('info', 'session', 'in_progress', { code, reason: text });
      this.goOffline(undefined);
    } else this.fail('CENTRAL_REFUSED', `the central refused: ${code}: ${text}`);
  }

  protected receivePulled(batch: Batch | null): void {
    this.pulling = false;
    if (this.discardPulled) {
      this.discardPulled = false;
    } else if (batch === null) this.exhausted = true;
    else this.queue.push(batch);
    if (this.phase === 'loading') this.load();
  }

  /** Sends what may be sent, asks the source for more, and finishes when there is no more. */
  private load(): void {
    if (this.phase !== 'loading') return;
    while (this.queue.sent < this.window) {
      const batch = this.queue.sendNext();
      if (batch === undefined) break;
      this.sendBatch(batch);
    }
    if (!this.exhausted && !this.pulling && this.queue.length < this.window) {
      this.pulling = true;
      this.actions.push({ kind: 'pull' });
    }
    if (this.exhausted && this.queue.length === 0) this.finishLoading();
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
    this.phase = 'finishing';
    this.send({ kind: 'finished', total: this.queue.stored });
  }

  protected ask(): void {
    this.send({ kind: 'ask_winners', first: this.winners.length, wait: true });
  }

  protected askLater(afterMs: number): void {
    this.actions.push({ kind: 'ask_later', afterMs });
  }

  private goOffline(afterMs: number | undefined, reason?: string): void {
    this.phase = 'offline';
    this.queue.disconnect();
    this.actions.push({ kind: 'reconnect', afterMs, reason });
  }

  private noteProgress(acknowledged: boolean): void {
    const { stored, sourceBytes } = this.queue;
    this.actions.push({ kind: 'progress', acknowledged, stored, sourceBytes });
  }

  protected end(outcome: AgencyOutcome): void {
    this.phase = 'ended';
    this.actions.push({ kind: 'done', outcome });
  }

  private fail(code: 'BATCH_REJECTED' | 'CENTRAL_REFUSED', message: string): void {
    this.phase = 'ended';
    this.actions.push({ kind: 'failed', error: new LoteriaError(code, message) });
  }

  protected send(command: Command): void {
    this.actions.push({ kind: 'send', command });
  }

  protected log(
    level: 'debug' | 'info' | 'error',
    action: string,
    result: LogResult,
    details: LogDetails,
  ): void {
    this.actions.push({ kind: 'log', level, action, result, details });
  }
}
