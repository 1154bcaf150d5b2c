/**
 * Drives the session of any agency: connects, reconnects with backoff, performs the actions that all
 * sessions have in common, and closes everything at the end.
 */
import type { AddressList, ServerAddress } from '../base/address-list';
import type { Clock } from '../base/clock';
import { LoteriaError, messageOf } from '../base/errors';
import { unreachable } from '../base/invariant';
import type { LogDetails, Logger } from '../base/log/log';
import { FrameBuffer } from '../net/frame-buffer';
import type { Transport } from '../net/transport';
import { Attempts, type Failure } from './attempts';
import { backoffMs, pauseMs } from './backoff';
import { Patience } from './patience';
import type { AgencyOutcome, CommonAction } from './session/agency-action';

export interface DriverOptions {
  readonly agency: number;
  /** Its centrals; they share one store. */
  readonly servers: AddressList;
  readonly dial: (server: ServerAddress) => PromiseLike<Transport>;
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

/** What to do where no central was reached. */
export const WHERE_ADVICE = 'is one up at server.address (CLI_SERVER_ADDRESS)?';

export abstract class AgencyDriver {
  protected transport: Transport | null = null;
  protected input = new FrameBuffer();
  protected readonly attempts: Attempts;
  protected readonly patience: Patience;
  protected isOver = false;
  /** The running timers by purpose; each function cancels its timer. */
  private readonly timers = new Map<string, () => void>();
  private resolve: (outcome: AgencyOutcome | null) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  /** @param bets where the agency's bets come from */
  constructor(
    private readonly common: DriverOptions,
    private readonly bets: { close(): void },
  ) {
    this.attempts = new Attempts(common.servers, common.agency);
    this.patience = new Patience(common.clock, common.retryForMs);
  }

  /**
   * Runs until everything is stored, and the winners are known if requested.
   *
   * @returns null when it was stopped
   * @throws LoteriaError CENTRAL_REFUSED, BATCH_REJECTED, GAVE_UP; native: STORE_WENT_BACK, REPLACED;
   *   legacy: CONNECTION_LOST; and errors of the source of the bets
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
    this.begin();
  }

  /** Stops and closes everything; acknowledged bets stay stored. */
  stop(): void {
    this.close();
    this.resolve(null);
  }

  protected abstract begin(): void;
  protected abstract onConnected(transport: Transport): void;
  protected abstract onData(chunk: Buffer): void;
  /** The connection is lost; `transport` is null already. */
  protected abstract onLost(error: Error | undefined): void;
  /** Everything written has left. */
  protected abstract onDrain(): void;

  /** Adds to a failure what the session knows of stored bets. */
  protected abstract describeFailure(text: string): string;
  /** Whether this connection is one of many, to be logged at DEBUG only. */
  protected abstract isRoutine(): boolean;

  protected connect(): void {
    this.logConnect('in_progress', { attempt: this.attempts.failed + 1 });
    this.common.dial(this.attempts.inUse).then(
      (transport) => {
        if (this.isOver) transport.destroy();
        else this.attach(transport);
      },
      (error: unknown) => {
        if (!this.isOver) this.retry(messageOf(error), { elsewhere: true });
      },
    );
  }

  private logConnect(result: 'in_progress' | 'success', details: LogDetails): void {
    const { logger, agency } = this.common;
    const all = { agency, ...details, ...this.attempts.logDetails };
    logger[this.isRoutine() ? 'debug' : 'info']('connect', result, all);
  }

  private attach(transport: Transport): void {
    this.transport = transport;
    this.input = new FrameBuffer();
    this.logConnect('success', {});
    transport.attach({
      onData: (chunk) => {
        if (transport === this.transport) this.onData(chunk);
      },
      onDrain: () => {
        if (transport === this.transport) this.onDrain();
      },
      onEnd: () => {
        transport.destroy();
      },
      onClose: (error) => {
        if (transport !== this.transport) return;
        this.transport = null;
        this.onLost(error);
      },
    });
    this.onConnected(transport);
  }

  /**
   * Reconnects, to the next central or after a pause, or gives up.
   *
   * @param reason why the last connection was lost, or not made
   */
  protected retry(reason: string, failure: Failure): void {
    const { logger, agency, random } = this.common;
    this.dropTransport();
    const { logDetails, named } = this.attempts;
    const pause = this.attempts.fail(failure);
    // Each central is tried, however long the others took.
    if (pause !== null && this.isOutOfPatience(`${named}: ${reason}`)) return;
    const delayMs = pauseMs(pause, random);
    const details = { agency, error: reason, retry_after_ms: delayMs, ...logDetails };
    logger.info('connect', 'in_progress', details);
    this.after('retry', delayMs, () => {
      this.connect();
    });
  }

  /** Ends the agency when it has tried for long enough. */
  private isOutOfPatience(lastAttempt: string): boolean {
    const triedMs = this.patience.endedAfterMs;
    if (triedMs === null) return false;
    const seconds = String(Math.round(triedMs / 1000));
    const text = `no central within ${seconds} s; the last attempt${lastAttempt}`;
    this.fail(new LoteriaError('GAVE_UP', this.describeFailure(text)));
    return true;
  }

  /** @param attempt failed attempts so far, from 1 */
  protected backoffMs(attempt: number): number {
    return Math.round(backoffMs(attempt, this.common.random()));
  }

  /** Starts a timer, in place of a running one for the same purpose. `close` cancels all of them. */
  protected after(purpose: string, delayMs: number, task: () => void): void {
    this.cancel(purpose);
    this.timers.set(purpose, this.common.clock.after(delayMs, task));
  }

  protected cancel(purpose: string): void {
    this.timers.get(purpose)?.();
    this.timers.delete(purpose);
  }

  protected performCommon(action: CommonAction): void {
    const { logger, onWinners, onProgress } = this.common;
    switch (action.kind) {
      case 'winners':
        this.noteNews();
        onWinners(action.documents);
        return;
      case 'progress':
        if (action.acknowledged) this.noteNews();
        onProgress(action.stored, action.sourceBytes);
        return;
      case 'log':
        logger[action.level](action.action, action.result, action.details);
        return;
      case 'done':
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
    this.attempts.restart();
    this.patience.noteProgress();
  }

  protected fail(error: unknown): void {
    if (this.isOver) return;
    this.close();
    this.reject(error instanceof Error ? error : new Error(messageOf(error)));
  }

  protected dropTransport(): void {
    const { transport } = this;
    this.transport = null;
    transport?.destroy();
  }

  /** Ends the connection once everything written has left. */
  protected hangUp(): void {
    const { transport } = this;
    this.transport = null;
    transport?.end();
    transport?.destroyWhenSent();
  }

  private close(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { logger, agency } = this.common;
    for (const cancel of this.timers.values()) cancel();
    logger.info('close_timers', 'success', { agency });
    if (this.transport !== null) {
      this.hangUp();
      logger.info('close_socket', 'success', { agency });
    }
    this.bets.close();
    logger.info('close_file', 'success', { agency });
  }
}
