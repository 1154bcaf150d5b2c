/** Drives a native session: frames, the source of the bets, and the timeout of a silent central. */
import { LoteriaError, messageOf } from '../base/errors';
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { Transport } from '../net/transport';
import { decodeReply, encodeCommand } from '../protocol/native/agency-codec';
import { PREFACE } from '../protocol/native/layout';
import { AgencyDriver, type DriverOptions } from './agency-driver';
import { askedPauseMs } from './backoff';
import type { BetSource } from './csv/batch';
import type { AgencyAction, AgencyEvent, AgencySessionOptions } from './session/agency-action';
import { AgencySession } from './session/agency-session';
import type { Holding } from './session/witness';

/**
 * What came of the latest connection:
 * - `unanswered`: the central has sent nothing yet.
 * - `reading`: it has, and is read.
 * - `paused`: it is not read until it has taken the sent bytes.
 */
type ConnectionPhase = 'unanswered' | 'reading' | 'paused';

/** What may follow each phase. The next connection begins `unanswered`. */
const NEXT: Readonly<Record<ConnectionPhase, readonly ConnectionPhase[]>> = {
  unanswered: ['unanswered', 'reading'],
  reading: ['paused', 'unanswered'],
  paused: ['reading', 'unanswered'],
};

export interface AgencyClientOptions extends DriverOptions, AgencySessionOptions {
  /** The conversation; undefined: that of the lottery. */
  readonly session?: AgencySession;
  readonly source: BetSource;
}

/** The central has no place now, or stops: there is one, and the agency is to come back. */
function isPostponed(event: AgencyEvent): boolean {
  return event.kind === 'reply' && (event.reply.kind === 'busy' || event.reply.kind === 'goodbye');
}

export class AgencyClient extends AgencyDriver {
  private readonly session: AgencySession;
  /** When the central last sent something new. */
  private lastReplyMs: number;
  private phase: ConnectionPhase = 'unanswered';
  /** Serialises work on the source. */
  private readonly sourceJobs: (() => PromiseLike<AgencyEvent>)[] = [];
  private sourceBusy = false;
  /** Why the last connection was lost. */
  private lastFailure = '';

  constructor(private readonly options: AgencyClientOptions) {
    super(options, options.source);
    this.session = options.session ?? new AgencySession(options);
    this.lastReplyMs = options.clock.nowMs();
  }

  /** The bets of the agency that the central has reported as stored; null: none reported yet. */
  get holding(): Holding | null {
    return this.session.holding;
  }

  protected override begin(): void {
    this.watchSilence();
    this.connect();
  }

  protected override onConnected(transport: Transport): void {
    this.setPhase('unanswered');
    this.lastReplyMs = this.options.clock.nowMs();
    transport.write(PREFACE);
    this.dispatch({ kind: 'connected' });
  }

  protected override onDrain(): void {
    if (this.phase !== 'paused') return;
    this.setPhase('reading');
    this.transport?.resume();
  }

  protected override onLost(error: Error | undefined): void {
    const reason = error === undefined ? 'connection closed' : messageOf(error);
    // That is how a central that speaks TLS ends connections that are not to its liking.
    const hint =
      ' before the central said anything; it may ask for TLS, or for another certificate';
    this.lastFailure = this.phase === 'unanswered' ? `${reason}${hint}` : reason;
    this.dispatch({ kind: 'disconnected' });
  }

  protected override onData(chunk: Buffer): void {
    if (this.phase === 'unanswered') this.setPhase('reading');
    this.input.append(chunk);
    try {
      for (;;) {
        const reply = decodeReply(this.input);
        if (reply === undefined) return;
        const idle = this.session.idleReplies;
        this.dispatch({ kind: 'reply', reply });
        if (this.session.idleReplies === idle) this.lastReplyMs = this.options.clock.nowMs();
        if (this.isOver || this.transport === null) return;
      }
    } catch (error) {
      const text =
        `what answers is no central of ours: ${messageOf(error)}; ` +
        'check server.address (CLI_SERVER_ADDRESS), and --dialect for a central of an earlier system';
      this.fail(new LoteriaError('CENTRAL_REFUSED', text, { cause: error }));
    }
  }

  protected override describeFailure(text: string): string {
    return `${text}; what was acknowledged is stored: run the agency again`;
  }

  protected override isRoutine(): boolean {
    return false;
  }

  private dispatch(event: AgencyEvent): void {
    if (this.isOver) return;
    const owed = this.session.isWaitingForCentral;
    if (this.session.isGettingOn) this.patience.noteProgress();
    if (isPostponed(event)) this.patience.notePostponed();
    for (const action of this.session.handle(event)) {
      if (action.kind === 'send') this.send(encodeCommand(action.command));
      else this.perform(action);
    }
    // Its silence counts from the moment on at which it owes an answer.
    if (!owed) this.lastReplyMs = this.options.clock.nowMs();
  }

  private send(frame: Buffer): void {
    const { transport } = this;
    transport?.write(frame);
    // A central that acknowledges, and does not read, must not make us keep the whole file.
    if (transport === null || transport.unsentBytes <= LIMITS.agencyUnsentBytesMax) return;
    if (this.phase === 'paused') return;
    this.setPhase('paused');
    transport.pause();
  }

  private perform(action: Exclude<AgencyAction, { kind: 'send' }>): void {
    const { source } = this.options;
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
        this.retry(action.reason ?? this.lastFailure, action);
        return;
      case 'ask_later':
        this.after('ask', askedPauseMs(action.afterMs), () => {
          this.dispatch({ kind: 'ask_again' });
        });
        return;
      default:
        this.performCommon(action);
    }
  }

  /** @param job works on the source; its result is an event of the session */
  private workOnSource(job: () => PromiseLike<AgencyEvent>): void {
    this.sourceJobs.push(job);
    this.runSourceJobs();
  }

  private runSourceJobs(): void {
    if (this.sourceBusy || this.isOver) return;
    const job = this.sourceJobs.shift();
    if (job === undefined) return;
    this.sourceBusy = true;
    job().then(
      (event) => {
        this.sourceBusy = false;
        this.dispatch(event);
        this.runSourceJobs();
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** Drops the connection to a central that owes an answer and is silent for too long. */
  private watchSilence(): void {
    this.after('silence', LIMITS.silenceTickMs, () => {
      const silentMs = this.options.clock.nowMs() - this.lastReplyMs;
      if (this.session.isWaitingForCentral && silentMs > LIMITS.centralSilenceMsMax) {
        this.transport?.destroy();
      }
      this.dispatch({ kind: 'second_over' });
      if (!this.isOver) this.watchSilence();
    });
  }

  private setPhase(to: ConnectionPhase): void {
    const from = this.phase;
    invariant(NEXT[from].includes(to), `a connection to a central went from ${from} to ${to}`);
    this.phase = to;
  }
}
