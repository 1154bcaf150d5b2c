/**
 * What the clients of all protocols share: connecting, reconnecting with backoff, timers, the actions that
 * every session has, and closing everything at the end.
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
  /** Addresses of centrals, which share one store. */
  readonly servers: AddressList;
  readonly dial: (server: ServerAddress) => PromiseLike<Transport>;
  readonly clock: Clock;
  /** A number from 0 up to 1, as `Math.random`. */
  readonly random: () => number;
  readonly logger: Logger;
  /** How long to retry while no central answers. */
  readonly retryForMs: number;
  readonly onProgress: (stored: number, sourceBytes: number) => void;
  /** Called for each page of winners, in order. */
  readonly onWinners: (documents: readonly string[]) => void;
}

const NOT_REACHED_ADVICE = '; check that one is up at server.address (CLI_SERVER_ADDRESS)';

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

  /** @param bets source of the agency's bets, closed at the end */
  constructor(
    private readonly common: DriverOptions,
    private readonly bets: { close(): void },
  ) {
    this.attempts = new Attempts(common.servers, common.agency);
    this.patience = new Patience(common.clock, common.retryForMs);
  }

  /**
   * Runs until all bets are stored, and the winners are received if requested.
   *
   * @returns null if {@link stop} was called first
   * @throws LoteriaError CENTRAL_REFUSED, BATCH_REJECTED, GAVE_UP; native: STORE_WENT_BACK, REPLACED;
   *   legacy: CONNECTION_LOST; and errors of the source of the bets
   */
  run(): Promise<AgencyOutcome | null> {
    return new Promise((resolve, reject) => {
      this.start(resolve, reject);
    });
  }

  /** {@link run} with callbacks: the simulator controls when they are called. */
  start(onEnd: (outcome: AgencyOutcome | null) => void, onFailure: (error: Error) => void): void {
    this.resolve = onEnd;
    this.reject = onFailure;
    this.begin();
  }

  /** Closes everything. Bets that are not acknowledged may be stored or not. */
  stop(): void {
    this.close();
    this.resolve(null);
  }

  protected abstract begin(): void;
  protected abstract onConnected(transport: Transport): void;
  protected abstract onData(chunk: Buffer): void;
  /** The connection is lost; `transport` is null already. */
  protected abstract onLost(error: Error | undefined): void;
  /** The system has taken all bytes written. */
  protected abstract onDrain(): void;

  /** Adds what became of the bets to the text of a failure. */
  protected abstract describeFailure(text: string): string;
  /** Whether to log connections at DEBUG: a dialect may need one for each message. */
  protected abstract isRoutine(): boolean;

  protected connect(): void {
    this.logConnect('in_progress', { attempt: this.attempts.failed + 1 });
    this.common.dial(this.attempts.inUse).then(
      (transport) => {
        if (this.isOver) transport.destroy();
        else this.attach(transport);
      },
      (error: unknown) => {
        if (this.isOver) return;
        const failure = { elsewhere: true, advice: NOT_REACHED_ADVICE };
        this.retry(messageOf(error), failure);
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
    // Give up only at the end of a round, so that every central is tried.
    const { advice = '' } = failure;
    if (pause !== null && this.isOutOfPatience(`${named}: ${reason}${advice}`)) return;
    const delayMs = pauseMs(pause, random);
    const details = { agency, error: reason, retry_after_ms: delayMs, ...logDetails };
    logger.info('connect', 'in_progress', details);
    this.after('retry', delayMs, () => {
      this.connect();
    });
  }

  /** @returns whether the agency has given up */
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

  /** Starts a timer, and cancels a running one for the same purpose. */
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

  /** Resets the backoff, and how long to retry. */
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

  /** Closes the connection after all bytes written. */
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
