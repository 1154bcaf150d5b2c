/**
 * Drives the agency's session: makes connections, carries frames, reads the source, waits and
 * tries again.
 */
import type { Clock } from '../base/clock';
import { LoteriaError, messageOf } from '../base/errors';
import { unreachable } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import { FrameBuffer } from '../net/frame-buffer';
import type { Transport } from '../net/transport';
import { decodeReply, encodeCommand } from '../protocol/native/agency-codec';
import { PREFACE } from '../protocol/native/layout';
import { askedPauseMs, backoffMs } from './backoff';
import type { BetSource } from './csv/batch';
import type {
  AgencyEvent,
  AgencyAction,
  AgencyOutcome,
  AgencySessionOptions,
} from './session/agency-action';
import { AgencySession } from './session/agency-session';
import type { Holding } from './session/witness';

export interface AgencyClientOptions extends AgencySessionOptions {
  /** The conversation; undefined: that of the lottery. */
  readonly session?: AgencySession;
  readonly source: BetSource;
  readonly dial: () => PromiseLike<Transport>;
  readonly clock: Clock;
  /** A number from 0 up to 1, as `Math.random`. */
  readonly random: () => number;
  readonly logger: Logger;
  /** How long to retry without a working connection. */
  readonly retryForMs: number;
  readonly onProgress: (stored: number, sourceBytes: number) => void;
  /** Winners of the agency, in order, as they come in; called more than once when they are many. */
  readonly onWinners: (documents: readonly string[]) => void;
}

/** The central has no place now, or stops: there is one, and the agency is to come back. */
function isPostponed(event: AgencyEvent): boolean {
  return event.kind === 'reply' && (event.reply.kind === 'busy' || event.reply.kind === 'goodbye');
}

export class AgencyClient {
  private readonly session: AgencySession;
  private transport: Transport | null = null;
  private input = new FrameBuffer();
  /** Failed attempts since there was progress. */
  private attempts = 0;
  /** When a central last answered in good order, though it had no place; patience counts from then on. */
  private answeredMs: number;
  /** When a connection last led somewhere; also the patience with a central that has no place has an end. */
  private workedMs: number;
  /** When the central last sent something new. */
  private lastReplyMs: number;
  /** Whether the central has sent anything on this connection. */
  private heard = false;
  private cancelRetry: () => void = () => undefined;
  private cancelSilence: () => void = () => undefined;
  private cancelAsk: () => void = () => undefined;
  /** Serialises work on the source. */
  private readonly sourceJobs: (() => PromiseLike<AgencyEvent>)[] = [];
  private sourceBusy = false;
  /** Reading is paused until the central has taken the sent bytes. */
  private isPaused = false;
  /** Why the last connection was lost, or not made. */
  private lastFailure = '';
  private over = false;
  private resolve: (outcome: AgencyOutcome | null) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(private readonly options: AgencyClientOptions) {
    this.session = options.session ?? new AgencySession(options);
    this.workedMs = options.clock.nowMs();
    this.answeredMs = this.workedMs;
    this.lastReplyMs = this.workedMs;
  }

  /**
   * Runs until everything is stored, and the winners are known if requested.
   *
   * @returns null when it was stopped
   * @throws LoteriaError CENTRAL_REFUSED, BATCH_REJECTED, STORE_WENT_BACK, REPLACED, GAVE_UP, and
   *   errors of the source
   */
  run(): Promise<AgencyOutcome | null> {
    return new Promise((resolve, reject) => {
      this.start(resolve, reject);
    });
  }

  /** The same as {@link run}, for a caller without promises. */
  start(onEnd: (outcome: AgencyOutcome | null) => void, onFailure: (error: Error) => void): void {
    this.resolve = onEnd;
    this.reject = onFailure;
    this.watchSilence();
    this.connect();
  }

  /** The bets of the agency that the central has reported as stored; null: none reported yet. */
  get holding(): Holding | null {
    return this.session.holding;
  }

  /** Stops and closes everything; acknowledged bets stay stored. */
  stop(): void {
    this.close();
    this.resolve(null);
  }

  private connect(): void {
    const { dial, logger } = this.options;
    const attempt = this.attempts + 1;
    logger.info('connect', 'in_progress', { agency: this.options.agency, attempt });
    dial().then(
      (transport) => {
        if (this.over) transport.destroy();
        else this.onConnected(transport);
      },
      (error: unknown) => {
        if (!this.over) this.retry(messageOf(error), undefined);
      },
    );
  }

  private onConnected(transport: Transport): void {
    this.transport = transport;
    this.input = new FrameBuffer();
    this.heard = false;
    this.isPaused = false;
    this.lastReplyMs = this.options.clock.nowMs();
    this.options.logger.info('connect', 'success', { agency: this.options.agency });
    transport.attach({
      onData: (chunk) => {
        if (transport === this.transport) this.onData(chunk);
      },
      onDrain: () => {
        if (!this.isPaused || transport !== this.transport) return;
        this.isPaused = false;
        transport.resume();
      },
      onEnd: () => {
        transport.destroy();
      },
      onClose: (error) => {
        if (transport !== this.transport) return;
        this.transport = null;
        this.lastFailure = this.describeEnd(error);
        this.tell({ kind: 'disconnected' });
      },
    });
    transport.write(PREFACE);
    this.tell({ kind: 'connected' });
  }

  private describeEnd(error: Error | undefined): string {
    const reason = error === undefined ? 'connection closed' : messageOf(error);
    // That is how a central that speaks TLS ends connections that are not to its liking.
    const hint = ' before the central said anything: does it ask for TLS, or another certificate?';
    return this.heard ? reason : `${reason}${hint}`;
  }

  private onData(chunk: Buffer): void {
    this.heard = true;
    this.input.append(chunk);
    try {
      for (;;) {
        const reply = decodeReply(this.input);
        if (reply === undefined) return;
        const idle = this.session.idleReplies;
        this.tell({ kind: 'reply', reply });
        if (this.session.idleReplies === idle) this.lastReplyMs = this.options.clock.nowMs();
        if (this.over || this.transport === null) return;
      }
    } catch (error) {
      const text = `what answers is no central of ours: ${messageOf(error)}`;
      this.fail(new LoteriaError('CENTRAL_REFUSED', text, { cause: error }));
    }
  }

  private tell(event: AgencyEvent): void {
    if (this.over) return;
    const owed = this.session.isWaitingForCentral;
    if (this.session.isGettingOn) this.workedMs = this.options.clock.nowMs();
    if (isPostponed(event)) this.answeredMs = this.options.clock.nowMs();
    const frames: Buffer[] = [];
    for (const action of this.session.handle(event)) {
      if (action.kind === 'send') frames.push(encodeCommand(action.command));
      else {
        this.write(frames);
        this.perform(action);
      }
    }
    this.write(frames);
    // Its silence counts from the moment on at which it owes an answer.
    if (!owed) this.lastReplyMs = this.options.clock.nowMs();
  }

  /** Sends the effects of one event in one write. */
  private write(frames: Buffer[]): void {
    if (frames.length === 0) return;
    const { transport } = this;
    transport?.write(Buffer.concat(frames));
    frames.length = 0;
    // A central that acknowledges, and does not read, must not make us keep the whole file.
    if (transport === null || transport.unsentBytes <= LIMITS.agencyUnsentBytesMax) return;
    this.isPaused = true;
    transport.pause();
  }

  private perform(action: Exclude<AgencyAction, { kind: 'send' }>): void {
    const { logger, source, clock } = this.options;
    switch (action.kind) {
      case 'pull':
        this.workOnSource(() =>
          source.next().then((batch): AgencyEvent => ({ kind: 'pulled', batch })),
        );
        return;
      case 'seek':
        this.workOnSource(() =>
          source
            .startAt(action.stored, action.checksum)
            .then((): AgencyEvent => ({ kind: 'source_ready' })),
        );
        return;
      case 'reconnect':
        this.retry(action.reason ?? this.lastFailure, action.afterMs);
        return;
      case 'ask_later':
        this.cancelAsk();
        this.cancelAsk = clock.after(askedPauseMs(action.afterMs), () => {
          this.tell({ kind: 'ask_again' });
        });
        return;
      case 'winners':
        this.noteNews();
        this.options.onWinners(action.documents);
        return;
      case 'progress':
        if (action.acknowledged) this.noteNews();
        this.options.onProgress(action.stored, action.sourceBytes);
        return;
      case 'log':
        logger[action.level](action.action, action.result, action.details);
        return;
      case 'done':
        this.transport?.end();
        this.close();
        this.resolve(action.outcome);
        return;
      case 'failed':
        this.fail(action.error);
        return;
      default:
        unreachable(action);
    }
  }

  /** There was progress: resets the backoff and the retry time. */
  private noteNews(): void {
    this.attempts = 0;
    this.workedMs = this.options.clock.nowMs();
  }

  /** @param job works on the source; its result is an event of the session */
  private workOnSource(job: () => PromiseLike<AgencyEvent>): void {
    this.sourceJobs.push(job);
    this.runSourceJobs();
  }

  private runSourceJobs(): void {
    if (this.sourceBusy || this.over) return;
    const job = this.sourceJobs.shift();
    if (job === undefined) return;
    this.sourceBusy = true;
    job().then(
      (event) => {
        this.sourceBusy = false;
        this.tell(event);
        this.runSourceJobs();
      },
      (error: unknown) => {
        this.fail(error instanceof Error ? error : new Error(messageOf(error)));
      },
    );
  }

  private retry(reason: string, afterMs: number | undefined): void {
    const { clock, random, retryForMs, logger, agency } = this.options;
    this.dropTransport();
    this.attempts++;
    const triedMs = clock.nowMs() - this.workedMs;
    const vainMs = Math.min(triedMs, clock.nowMs() - this.answeredMs);
    if (vainMs > retryForMs || triedMs > retryForMs * LIMITS.busyRetriesForMax) {
      const seconds = String(Math.round((vainMs > retryForMs ? vainMs : triedMs) / 1000));
      this.fail(
        new LoteriaError('GAVE_UP', `no central within ${seconds} s; the last attempt: ${reason}`),
      );
      return;
    }
    const delayMs = Math.round(
      afterMs === undefined ? backoffMs(this.attempts, random()) : askedPauseMs(afterMs),
    );
    logger.info('connect', 'in_progress', { agency, error: reason, retry_after_ms: delayMs });
    this.cancelRetry = clock.after(delayMs, () => {
      this.connect();
    });
  }

  /** Drops the connection to a central that owes an answer and is silent for too long. */
  private watchSilence(): void {
    this.cancelSilence = this.options.clock.after(LIMITS.silenceTickMs, () => {
      const silentMs = this.options.clock.nowMs() - this.lastReplyMs;
      if (this.session.isWaitingForCentral && silentMs > LIMITS.centralSilenceMsMax) {
        this.transport?.destroy();
      }
      this.tell({ kind: 'second_over' });
      this.watchSilence();
    });
  }

  private fail(error: Error): void {
    if (this.over) return;
    this.close();
    this.reject(error);
  }

  private dropTransport(): void {
    const { transport } = this;
    this.transport = null;
    transport?.destroy();
  }

  private close(): void {
    if (this.over) return;
    this.over = true;
    const { logger, source, agency } = this.options;
    this.cancelRetry();
    this.cancelSilence();
    this.cancelAsk();
    logger.info('close_timers', 'success', { agency });
    const { transport } = this;
    this.transport = null;
    if (transport !== null) {
      transport.destroyWhenSent();
      logger.info('close_socket', 'success', { agency });
    }
    source.close();
    logger.info('close_file', 'success', { agency });
  }
}
