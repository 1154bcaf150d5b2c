/**
 * The central's turn: read -> step -> commit -> reply -> reap. The order is the contract: what is
 * acknowledged is durable, and no connection is closed in the middle of another step.
 *
 * - read: take whole frames off the ready connections, a bounded number of each;
 * - step: parse rows and messages, then dispatch each command to its session;
 * - commit: one append and one sync for the group (while the disk works, the next turns gather the next
 *   group);
 * - reply: log lines first, then one write per connection;
 * - reap: close connections that are over, or too slow.
 */
import { settle } from '../../base/eventual';
import type { Connection, ConnectionListener } from '../../net/connection/connection';
import type { Transport } from '../../net/transport';
import type { CommitResult } from '../../store/bet-store';
import type { StoreEntry } from '../../store/state';
import { NO_TURNS, type TurnObserver } from '../../telemetry/turns';
import { AdmissionControl } from '../admission/admission-control';
import type { Peer } from '../admission/peer';
import { DEFAULT_PEER_LIMITS } from '../admission/peer-limits';
import { announceOutcome } from '../draw/make-draw';
import { finishElsewhere, loseAgencies } from '../session/claim';
import type { EffectSink } from '../session/effects';
import { leave } from '../session/end';
import { PeerLog } from '../log/peer-log';
import { saveRejects } from '../session/rejects';
import type { Session } from '../session/state';
import type { CentralOptions, CentralView } from './central-options';
import { Claims, type Kept } from './claims';
import { CommitPipeline, type CommitListener, type Outcome } from './commit-pipeline';
import { deliver, type DeliverHooks } from './deliver';
import { Reaper } from './reaper';
import { Shutdown } from './shutdown';
import { SlowReaders } from './slow-readers';
import { Stepping, type Step } from './step';
import { Turn } from './turn';

export class Central implements ConnectionListener, CommitListener {
  private readonly pipeline: CommitPipeline;
  private readonly peers = new Map<number, Peer>();
  private readonly admission: AdmissionControl;
  private readonly log: PeerLog;
  private readonly observer: TurnObserver;
  private readonly deliverHooks: DeliverHooks;
  private readonly claims: Claims<Step>;
  private readonly stepping: Stepping;
  private readonly turn: Turn;
  private readonly reaper: Reaper;
  private readonly shutdown: Shutdown;

  constructor(private readonly options: CentralOptions) {
    const { peers } = this;
    const { clock, lottery, logger, onDrawn, onActaRecorded, onFatal, observer } = options;
    this.observer = observer?.turns ?? NO_TURNS;
    const limits = options.peerLimits ?? DEFAULT_PEER_LIMITS;
    const guarded = this.guarded.bind(this);
    const beginDraw = this.beginDraw.bind(this);
    this.deliverHooks = { beginDraw, onDrawn, onActaRecorded, onFatal };
    this.log = new PeerLog(logger, clock, observer?.onLine);
    const received = observer?.received;
    this.admission = new AdmissionControl({ clock, lottery, log: this.log, received }, limits);
    this.pipeline = new CommitPipeline(options.store, this, options.commitBytesMax);
    this.claims = this.createClaims();
    this.stepping = new Stepping(options, this.claims);
    const { admission, pipeline } = this;
    const shared = { clock, lottery, peers, admission, pipeline, observer: this.observer };
    this.turn = new Turn({
      ...shared,
      parser: options.parser,
      stepping: this.stepping,
      mayRead: () => this.shutdown.isRunning,
      onPooledTurn: () => {
        this.shutdown.endIfIdle();
      },
      guarded,
      onFatal,
    });
    const slowReaders = new SlowReaders(options.readSendQueues, limits);
    const { log, turn, stepping } = this;
    this.reaper = new Reaper({ ...shared, log, limits, slowReaders, turn, stepping, guarded });
    this.shutdown = new Shutdown({ clock, logger, log, peers, turn, pipeline });
  }

  get view(): CentralView {
    return {
      peers: this.peers,
      inputBytes: this.admission.received.total,
      outputBytes: this.admission.unread.total,
      isStopping: !this.shutdown.isRunning,
    };
  }

  /** Begins: makes a draw that is due, and watches deadlines from now on. */
  start(): void {
    const effects: EffectSink = [];
    this.options.lottery.start(effects);
    this.pipeline.perform(effects);
    this.reaper.start();
  }

  /**
   * Takes over an accepted connection.
   *
   * @param createCodec codec of its port, if not the default one
   */
  accept(transport: Transport, createCodec = this.options.createCodec): void {
    this.guarded(() => {
      const peer = this.admission.createPeer(transport, createCodec, this);
      this.peers.set(peer.connection.id, peer);
      this.turn.register(peer.connection);
      if (!this.shutdown.isRunning) {
        this.admission.rejectBusy(peer);
        return;
      }
      const effects: EffectSink = [];
      this.admission.admit(peer, effects);
      if (effects.length > 0) this.pipeline.perform(effects);
    });
  }

  /**
   * Shuts down gracefully: stops reading, makes accepted bets durable, answers them, sends GOODBYE.
   *
   * @param onStopped called when all connections are gone
   */
  stop(onStopped: () => void): void {
    this.shutdown.begin(onStopped);
    this.reaper.stop();
    this.options.logger.info('close_timer', 'success', { timer: 'deadlines' });
    const effects: EffectSink = [];
    saveRejects(this.options.lottery, effects);
    this.pipeline.perform(effects);
    this.shutdown.endIfIdle();
  }

  /**
   * Makes the digest of an acta durable, also while the central stops; `onActaRecorded` is called then.
   *
   * @param digest 64 hexadecimal digits
   */
  recordActa(digest: string): void {
    this.guarded(() => {
      const entry = { kind: 'acta_digest', digest } as const;
      this.pipeline.perform([{ kind: 'store', entry }, { kind: 'acta_recorded' }]);
    });
  }

  onReady(connection: Connection): void {
    this.turn.onInput(connection);
  }

  onClosed(connection: Connection): void {
    this.turn.unregister(connection);
    const peer = this.peers.get(connection.id);
    if (peer === undefined) return;
    this.peers.delete(connection.id);
    this.claims.forget(peer);
    leave(this.options.lottery, peer.session);
    this.admission.leave(peer);
    this.shutdown.finishIfEmpty();
  }

  onSettled(entries: readonly StoreEntry[], { refused, isUnavailable }: CommitResult): void {
    this.guarded(() => {
      const { lottery } = this.options;
      const effects: EffectSink = [];
      lottery.settled(entries, effects, refused);
      const reason = isUnavailable === true ? 'unavailable' : 'claimed';
      loseAgencies(lottery, refused, reason, () => this.sessions(), effects);
      if (!this.claims.isEmpty) this.claims.askAgain(effects);
      this.pipeline.add(effects);
    });
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    const stage = this.observer.enter('reply');
    this.guarded(() => {
      this.observer.replied(deliver(outcomes, this.peers, this.log, this.deliverHooks));
      this.shutdown.endIfIdle();
      this.turn.wakeUp();
    });
    this.observer.enter(stage);
  }

  /** Agencies have finished at other centrals, durably. */
  finishElsewhere(agencies: readonly number[]): void {
    this.whileRunning((effects) => {
      finishElsewhere(this.options.lottery, agencies, () => this.sessions(), effects);
    });
  }

  private createClaims(): Claims<Step> {
    const { lottery, store, onFatal } = this.options;
    return new Claims({
      lottery,
      claim: (agency) => store.claim(agency),
      onAnswered: this.goOn.bind(this),
      later: this.whileRunning.bind(this),
      onFatal,
    });
  }

  private *sessions(): Iterable<Session> {
    for (const { session } of this.peers.values()) yield session;
  }

  /** An agency is claimed: goes on with what its peer has sent since. */
  private goOn(peer: Peer, kept: readonly Kept<Step>[], isNew: boolean, out: EffectSink): void {
    const { session } = peer;
    if (isNew && session.state.phase === 'established') this.options.welcome?.(session, out);
    this.stepping.beginNow();
    for (const { event, bytes } of kept) this.stepping.take(peer, event, bytes, out);
    this.turn.markReady(peer.connection);
  }

  private beginDraw(): void {
    settle(
      this.options.draw,
      (outcome) => {
        this.whileRunning((effects) => {
          announceOutcome(this.options.lottery, outcome, effects);
        });
      },
      this.options.onFatal,
    );
  }

  /** Performs what `work` leads to, unless the central stops. */
  private whileRunning(work: (out: EffectSink) => void): void {
    this.guarded(() => {
      if (!this.shutdown.isRunning) return;
      const effects: EffectSink = [];
      work(effects);
      this.pipeline.perform(effects);
    });
  }

  /** An exception is a bug: the process must stop, since its state can no longer be trusted. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.onFatal(error);
    }
  }
}
