/** Drives a legacy session: messages, the source of the bets, and the timeout of a reply. */
import { messageOf } from '../../base/errors';
import { WireError } from '../../protocol/codes';
import type { Failure } from '../attempts';
import { AgencyDriver, type DriverOptions } from '../agency-driver';
import type { AcknowledgedCount } from '../prepared-agency';
import type { LegacyAction, LegacyEvent, LegacySessionOptions } from './legacy-action';
import { LegacySession } from './legacy-session';
import type { LegacyBatch } from './packer';

export interface LegacyClientOptions extends DriverOptions, LegacySessionOptions {
  readonly packer: {
    next(): PromiseLike<LegacyBatch | null>;
    close(): void;
  };
  /** How long a reply may take, other than the winners of a central that holds the question; 0: any. */
  readonly answerTimeoutMs: number;
  /** Pause before asking a busy central again. */
  readonly busyRetryMs: number;
}

export class LegacyClient extends AgencyDriver {
  private readonly session: LegacySession;
  private hasConnected = false;

  constructor(private readonly options: LegacyClientOptions) {
    super(options, options.packer);
    this.session = new LegacySession(options);
  }

  /** The bets that the central has acknowledged in this run. */
  get holding(): AcknowledgedCount {
    return { stored: this.session.acknowledged };
  }

  protected override describeFailure(text: string): string {
    return `${text}; ${this.session.account}`;
  }

  /** A dialect with a connection for each request would fill the log with them. */
  protected override isRoutine(): boolean {
    return this.hasConnected && this.attempts.failed === 0;
  }

  protected override begin(): void {
    this.dispatch({ kind: 'started' });
  }

  protected override onConnected(): void {
    this.hasConnected = true;
    this.options.dialect.begin();
    this.dispatch({ kind: 'connected' });
  }

  /** One request is in flight at a time, so there is no backpressure. */
  protected override onDrain(): void {
    return undefined;
  }

  protected override onLost(error: Error | undefined): void {
    const reason = error === undefined ? '' : `: ${messageOf(error)}`;
    this.drop(`the central closed the connection${reason}`);
  }

  protected override onData(chunk: Buffer): void {
    this.input.append(chunk);
    const { awaited } = this.session;
    if (awaited === null) {
      this.dispatch({ kind: 'nonsense', what: 'it sent a reply to nothing' });
      return;
    }
    try {
      const reply = this.options.dialect.decodeReply(this.input, awaited);
      if (reply === undefined) return;
      if (reply.kind !== 'not_taken') this.attempts.restart();
      this.cancel('answer');
      this.dispatch({ kind: 'reply', reply });
      if (reply.kind === 'some_winners') this.awaitAnswer();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.dispatch({ kind: 'nonsense', what: error.message });
      return;
    }
    if (this.transport !== null && this.input.length > 0) {
      this.dispatch({ kind: 'nonsense', what: 'it sent more than a reply' });
    }
  }

  /** Patience counts from the first of the attempts that failed in a row. */
  protected override retry(reason: string, failure: Failure): void {
    if (this.attempts.failed === 0) this.patience.noteProgress();
    this.dispatch({ kind: 'unreachable' });
    super.retry(reason, failure);
  }

  private dispatch(event: LegacyEvent): void {
    if (this.isOver) return;
    for (const action of this.session.handle(event)) this.perform(action);
  }

  private perform(action: LegacyAction): void {
    switch (action.kind) {
      case 'pack':
        this.options.packer.next().then(
          (batch) => {
            this.dispatch({ kind: 'packed', batch });
          },
          (error: unknown) => {
            this.fail(error);
          },
        );
        return;
      case 'connect':
        if (action.failure === null) this.connect();
        else this.retry(action.failure, { elsewhere: true });
        return;
      case 'send':
        this.send(action.bytes, action.answer);
        return;
      case 'hang_up':
        this.cancel('answer');
        this.hangUp();
        return;
      case 'pause':
        this.after('pause', this.pauseMs(action), () => {
          this.dispatch({ kind: 'pause_over' });
        });
        return;
      default:
        this.performCommon(action);
    }
  }

  private pauseMs({ cause, attempt }: Extract<LegacyAction, { kind: 'pause' }>): number {
    return cause === 'busy' ? this.options.busyRetryMs : this.backoffMs(attempt);
  }

  /** Each message leaves in one write: original centrals need it in one read. */
  private send(bytes: Buffer, answer: 'soon' | 'drawn' | 'none'): void {
    this.transport?.write(bytes);
    if (answer === 'soon') this.awaitAnswer();
  }

  /** What the central owes has to come in time: an answer, or more of a long one. */
  private awaitAnswer(): void {
    const { answerTimeoutMs } = this.options;
    if (answerTimeoutMs === 0) return;
    this.after('answer', answerTimeoutMs, () => {
      this.drop(`the central did not answer within ${String(answerTimeoutMs / 1000)} s`);
    });
  }

  /** The connection is of no use any more. */
  private drop(reason: string): void {
    this.cancel('answer');
    this.dropTransport();
    this.dispatch({ kind: 'disconnected', reason });
  }
}
