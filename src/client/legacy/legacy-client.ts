/** Drives a legacy conversation: makes connections, carries messages, reads the bets, waits. */
import type { Clock } from '../../base/clock';
import { LoteriaError, messageOf } from '../../base/errors';
import { unreachable } from '../../base/invariant';
import type { Logger } from '../../base/log';
import { FrameBuffer } from '../../net/frame-buffer';
import type { Transport } from '../../net/transport';
import { WireError } from '../../protocol/codes';
import type { AgencyOutcome } from '../session/agency-action';
import { backoffMs } from '../backoff';
import type { AcknowledgedCount } from '../prepared-agency';
import {
  LegacySession,
  type LegacyAction,
  type LegacyEvent,
  type LegacySessionOptions,
} from './legacy-session';
import type { LegacyBatch } from './packer';

export interface LegacyClientOptions extends LegacySessionOptions {
  readonly agency: number;
  readonly packer: {
    next(): PromiseLike<LegacyBatch | null>;
    close(): void;
  };
  readonly dial: () => PromiseLike<Transport>;
  readonly clock: Clock;
  /** A number from 0 up to 1, as `Math.random`. */
  readonly random: () => number;
  readonly logger: Logger;
  /** How long to retry without any reply. */
  readonly retryForMs: number;
  /** How long a reply may take, other than the winners of a central that holds the question; 0: any. */
  readonly answerTimeoutMs: number;
  /** Pause before asking a busy central again. */
  readonly busyRetryMs: number;
  readonly onProgress: (stored: number, sourceBytes: number) => void;
  /** Winners of the agency, in order. */
  readonly onWinners: (documents: readonly string[]) => void;
}

export class LegacyClient {
  private readonly session: LegacySession;
  private transport: Transport | null = null;
  private input = new FrameBuffer();
  /** Failed attempts to connect, or to get a reply, in a row. */
  private attempts = 0;
  private connections = 0;
  /** When the first of these attempts failed. */
  private failingSinceMs = 0;
  private cancelPause: () => void = () => undefined;
  private cancelAnswer: () => void = () => undefined;
  private over = false;
  private resolve: (outcome: AgencyOutcome | null) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(private readonly options: LegacyClientOptions) {
    this.session = new LegacySession(options);
  }

  /**
   * Runs until everything is stored, and the winners are known if requested.
   *
   * @returns null when it was stopped
   * @throws LoteriaError BATCH_REJECTED, CENTRAL_REFUSED, CONNECTION_LOST, GAVE_UP, and errors
   *   of the packer
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
    this.tell({ kind: 'started' });
  }

  /** The bets that the central has acknowledged in this run. */
  get holding(): AcknowledgedCount {
    return { stored: this.session.acknowledged };
  }

  /** Stops and closes everything. */
  stop(): void {
    this.close();
    this.resolve(null);
  }

  private tell(event: LegacyEvent): void {
    if (this.over) return;
    for (const action of this.session.handle(event)) this.perform(action);
  }

  private perform(action: LegacyAction): void {
    const { logger, packer, clock } = this.options;
    switch (action.kind) {
      case 'pack':
        packer.next().then(
          (batch) => {
            this.tell({ kind: 'packed', batch });
          },
          (error: unknown) => {
            this.fail(error instanceof Error ? error : new Error(messageOf(error)));
          },
        );
        return;
      case 'connect':
        if (action.failure === null) this.connect();
        else this.retry(action.failure);
        return;
      case 'send':
        this.send(action.bytes, action.answer);
        return;
      case 'hang_up':
        this.hangUp();
        return;
      case 'pause':
        this.cancelPause = clock.after(this.pauseMs(action), () => {
          this.tell({ kind: 'pause_over' });
        });
        return;
      case 'winners':
        this.options.onWinners(action.documents);
        return;
      case 'progress':
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

  private pauseMs({ cause, attempt }: Extract<LegacyAction, { kind: 'pause' }>): number {
    const { busyRetryMs, random } = this.options;
    return cause === 'busy' ? busyRetryMs : Math.round(backoffMs(attempt, random()));
  }

  private connect(): void {
    const attempt = this.attempts + 1;
    this.logConnect('in_progress', { agency: this.options.agency, attempt });
    this.options.dial().then(
      (transport) => {
        if (this.over) transport.destroy();
        else this.onConnected(transport);
      },
      (error: unknown) => {
        if (!this.over) this.retry(messageOf(error));
      },
    );
  }

  /** A dialect with a connection for each request would fill the log with them. */
  private logConnect(
    result: 'in_progress' | 'success',
    details: Readonly<Record<string, string | number>>,
  ): void {
    const isRoutine = this.connections > 0 && this.attempts === 0;
    this.options.logger[isRoutine ? 'debug' : 'info']('connect', result, details);
  }

  private onConnected(transport: Transport): void {
    this.transport = transport;
    this.input = new FrameBuffer();
    this.logConnect('success', { agency: this.options.agency });
    this.connections++;
    transport.attach({
      onData: (chunk) => {
        if (transport === this.transport) this.onData(chunk);
      },
      onDrain: () => undefined,
      onEnd: () => {
        transport.destroy();
      },
      onClose: (error) => {
        const reason = error === undefined ? '' : `: ${messageOf(error)}`;
        if (transport === this.transport) this.drop(`the central closed the connection${reason}`);
      },
    });
    this.tell({ kind: 'connected' });
  }

  /** Each message leaves in one write: original centrals need it in one read. */
  private send(bytes: Buffer, answer: 'soon' | 'drawn' | 'none'): void {
    this.transport?.write(bytes);
    const { answerTimeoutMs, clock } = this.options;
    if (answer !== 'soon' || answerTimeoutMs === 0) return;
    this.cancelAnswer = clock.after(answerTimeoutMs, () => {
      this.drop(`the central did not answer within ${String(answerTimeoutMs / 1000)} s`);
    });
  }

  private onData(chunk: Buffer): void {
    this.input.append(chunk);
    const { awaited } = this.session;
    if (awaited === null) {
      this.tell({ kind: 'nonsense', what: 'it sent a reply to nothing' });
      return;
    }
    try {
      const reply = this.options.dialect.decodeReply(this.input, awaited);
      if (reply === undefined) return;
      if (reply.kind !== 'not_taken') this.attempts = 0;
      this.cancelAnswer();
      this.tell({ kind: 'reply', reply });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.tell({ kind: 'nonsense', what: error.message });
      return;
    }
    if (this.transport !== null && this.input.length > 0) {
      this.tell({ kind: 'nonsense', what: 'it sent more than a reply' });
    }
  }

  /** The connection is of no use any more. */
  private drop(reason: string): void {
    this.cancelAnswer();
    const { transport } = this;
    this.transport = null;
    transport?.destroy();
    this.tell({ kind: 'disconnected', reason });
  }

  private hangUp(): void {
    this.cancelAnswer();
    const { transport } = this;
    this.transport = null;
    transport?.end();
    transport?.destroyWhenSent();
  }

  private retry(reason: string): void {
    const { clock, random, retryForMs, logger, agency } = this.options;
    if (this.attempts === 0) this.failingSinceMs = clock.nowMs();
    this.attempts++;
    this.tell({ kind: 'unreachable' });
    const triedMs = clock.nowMs() - this.failingSinceMs;
    if (triedMs > retryForMs) {
      const seconds = String(Math.round(triedMs / 1000));
      const text = `no central within ${seconds} s; the last attempt: ${reason}`;
      this.fail(new LoteriaError('GAVE_UP', `${text}; ${this.session.account}`));
      return;
    }
    const delayMs = Math.round(backoffMs(this.attempts, random()));
    logger.info('connect', 'in_progress', { agency, error: reason, retry_after_ms: delayMs });
    this.cancelPause = clock.after(delayMs, () => {
      this.connect();
    });
  }

  private fail(error: Error): void {
    if (this.over) return;
    this.close();
    this.reject(error);
  }

  private close(): void {
    if (this.over) return;
    this.over = true;
    const { logger, packer, agency } = this.options;
    this.cancelPause();
    this.cancelAnswer();
    logger.info('close_timers', 'success', { agency });
    if (this.transport !== null) {
      this.hangUp();
      logger.info('close_socket', 'success', { agency });
    }
    packer.close();
    logger.info('close_file', 'success', { agency });
  }
}
