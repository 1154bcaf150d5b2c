/**
 * How an agency's bets get to the central: from the offset that the central named, a window of
 * batches at a time, until each of them is acknowledged.
 */
import type { Command } from '../../protocol/commands';
import type { ReceivedReply } from '../../protocol/native/agency-codec';
import type { Batch } from '../csv/batch';
import {
  AGENCY_TRANSITIONS,
  type AgencyEvent,
  type AgencyPhase,
  type AgencySessionOptions,
  type NativeAction,
} from './agency-action';
import { AgencyMachine } from './agency-machine';
import { IdleReplies, Setbacks } from './setbacks';
import { SendQueue } from './send-queue';
import { SourceState } from './source-state';
import { Witness, type Holding } from './witness';

export type Welcome = Extract<ReceivedReply, { kind: 'welcome' }>;

export abstract class AgencyLoading extends AgencyMachine<AgencyPhase, NativeAction, AgencyEvent> {
  protected readonly queue = new SendQueue();
  protected readonly setbacks = new Setbacks();
  protected readonly idle = new IdleReplies();
  protected readonly witness = new Witness();
  private readonly source = new SourceState();
  private window: number;

  constructor(protected readonly options: AgencySessionOptions) {
    super('offline', AGENCY_TRANSITIONS);
    this.window = options.window;
  }

  /** The bets of the agency that the central has reported as stored; null: none reported yet. */
  get holding(): Holding | null {
    return this.witness.holding;
  }

  /** Goes on from what the central has. */
  protected resume({ stored, checksum, window }: Welcome): void {
    this.window = Math.min(this.options.window, window);
    if (!this.source.isSeeking && this.queue.resumeAt(stored, checksum)) {
      this.startLoading();
      return;
    }
    this.queue.clear();
    this.setPhase('seeking');
    this.source.seek({ stored, checksum });
    this.act({ kind: 'seek', stored, checksum });
  }

  /** The source is where the oldest seek sent it; only the last one counts. */
  protected reachSeek(): void {
    const reached = this.source.arrive();
    if (reached === undefined) return;
    this.queue.restartAt(reached.stored, reached.checksum);
    if (this.phase === 'seeking') this.startLoading();
  }

  private startLoading(): void {
    this.setPhase('loading');
    this.noteProgress(false);
    this.load();
  }

  protected receivePulled(batch: Batch | null): void {
    this.source.receive(batch);
    if (batch !== null) this.queue.push(batch);
    this.load();
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

  /** The central has stored every bet before `upTo`. */
  protected settle(upTo: number): void {
    const { queue } = this;
    const fault = queue.findFault(upTo);
    if (fault !== undefined) this.failProtocol(fault);
    else if (!queue.acknowledge(upTo)) this.noteIdleReply();
    else {
      this.log('debug', 'batch_stored', 'success', { stored: upTo });
      this.witness.noteStored(queue.holding);
      this.noteProgress(true);
      this.load();
    }
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

  private noteProgress(acknowledged: boolean): void {
    const { stored, sourceBytes } = this.queue;
    if (acknowledged) this.setbacks.forget();
    this.act({ kind: 'progress', acknowledged, stored, sourceBytes });
  }

  protected send(command: Command): void {
    this.act({ kind: 'send', command });
  }

  /** An unsolicited reply, or one without news: harmless, unless there are many. */
  protected noteIdleReply(): void {
    if (this.idle.note()) this.failProtocol('it floods with replies that answer nothing');
  }

  /** Ends the session: no correct central would send this. */
  protected failProtocol(what: string): void {
    this.fail('CENTRAL_REFUSED', `what the central says cannot be true: ${what}`);
  }
}
