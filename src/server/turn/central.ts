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
import { LIMITS } from '../../base/limits';
import type { Connection, ConnectionListener } from '../../net/connection';
import { Selector } from '../../net/selector';
import type { Transport } from '../../net/transport';
import type { Parsed } from '../../parsing/parsed';
import type { StoreEntry } from '../../store/state';
import { AdmissionControl } from '../admission/admission-control';
import type { Peer } from '../admission/peer';
import { DEFAULT_PEER_LIMITS, type PeerLimits } from '../admission/peer-limits';
import { loseAgency } from '../session/claim';
import type { EffectSink } from '../session/effects';
import { leave } from '../session/end';
import { PeerLog } from '../session/peer-log';
import { saveRejects } from '../session/rejects';
import type { Session } from '../session/state';
import { finishUnnamed } from '../session/unnamed';
import { announceDigest, announceDraw, sendHeartbeats } from '../session/winners';
import type { CentralOptions } from './central-options';
import { Claims } from './claims';
import { CommitPipeline, type CommitListener, type Outcome } from './commit-pipeline';
import { endIfOverdue } from './deadlines';
import { deliver, sayGoodbye, type DeliverHooks } from './deliver';
import { readPeers, type PeerEvent } from './read';
import { Backpressure } from './shedding';
import { SlowReaders } from './slow-readers';
import { step, Stepping, type Step } from './step';

type CentralPhase = 'running' | 'stopping' | 'stopped';

export class Central implements ConnectionListener, CommitListener {
  private readonly selector: Selector;
  private readonly pipeline: CommitPipeline;
  private readonly peers = new Map<number, Peer>();
  private readonly limits: PeerLimits;
  private readonly admission: AdmissionControl;
  private readonly slowReaders: SlowReaders;
  private readonly log: PeerLog;
  private readonly backpressure: Backpressure;
  private phase: CentralPhase = 'running';
  /** A turn whose rows are being checked in the pool. */
  private parsing = false;
  private readonly deliverHooks: DeliverHooks;
  private readonly claims: Claims<Step>;
  private readonly stepping: Stepping;
  private cancelTick: () => void = () => undefined;
  private onStopped: () => void = () => undefined;

  constructor(private readonly options: CentralOptions) {
    this.selector = new Selector(options.clock, () => {
      this.guarded(() => {
        this.runTurn();
      });
    });
    this.pipeline = new CommitPipeline(options.store, this, options.commitBytesMax);
    this.limits = options.peerLimits ?? DEFAULT_PEER_LIMITS;
    const { clock, lottery, logger, onDrawn, onActaRecorded, onFatal } = options;
    this.deliverHooks = {
      onDrawn,
      onActaRecorded,
      onFatal,
      beginDraw: this.beginDraw.bind(this),
    };
    this.claims = new Claims({
      lottery,
      claim: (agency) => options.store.claim(agency),
      onAnswered: (peer, kept, isNew, effects) => {
        this.goOn(peer, kept, isNew, effects);
      },
      later: (work) => {
        this.guarded(() => {
          if (this.phase !== 'running') return;
          const effects: EffectSink = [];
          work(effects);
          this.perform(effects);
        });
      },
      onFatal: options.onFatal,
    });
    this.stepping = new Stepping(options, this.claims);
    this.log = new PeerLog(logger, clock);
    this.admission = new AdmissionControl({ clock, lottery, log: this.log }, this.limits);
    this.backpressure = new Backpressure(lottery, this.peers, this.admission.received);
    this.slowReaders = new SlowReaders(options.readSendQueues, this.limits);
  }

  /** Begins: makes a draw that is due, and watches deadlines from now on. */
  start(): void {
    const effects: EffectSink = [];
    this.options.lottery.start(effects);
    this.perform(effects);
    this.scheduleTick();
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
      this.selector.register(peer.connection);
      if (this.backpressure.isHeld) peer.connection.holdInput();
      if (this.phase !== 'running') {
        this.admission.rejectBusy(peer);
        return;
      }
      const effects: EffectSink = [];
      this.admission.admit(peer, effects);
      if (effects.length > 0) this.perform(effects);
    });
  }

  /**
   * Shuts down gracefully: stops reading, makes accepted bets durable, answers them, sends GOODBYE.
   *
   * @param onStopped called when all connections are gone
   */
  stop(onStopped: () => void): void {
    this.phase = 'stopping';
    this.cancelTick();
    this.options.logger.info('close_timer', 'success', { timer: 'deadlines' });
    this.onStopped = onStopped;
    const effects: EffectSink = [];
    saveRejects(this.options.lottery, effects);
    this.perform(effects);
    this.stopIfIdle();
  }

  /**
   * Makes the digest of an acta durable, also while the central stops; `onActaRecorded` is called then.
   *
   * @param digest 64 hexadecimal digits
   */
  recordActa(digest: string): void {
    this.guarded(() => {
      const entry = { kind: 'acta_digest', digest } as const;
      this.perform([{ kind: 'store', entry }, { kind: 'acta_recorded' }]);
    });
  }

  onReady(connection: Connection): void {
    this.selector.markReady(connection);
    if (this.admission.received.total >= LIMITS.inputBytesTotalMax) this.backpressure.hold();
  }

  onClosed(connection: Connection): void {
    this.selector.unregister(connection);
    const peer = this.peers.get(connection.id);
    if (peer === undefined) return;
    this.peers.delete(connection.id);
    this.claims.forget(peer);
    leave(this.options.lottery, peer.session);
    this.admission.leave(peer);
    this.finishStop();
  }

  onSettled(entries: readonly StoreEntry[], refused: ReadonlySet<number>): void {
    this.guarded(() => {
      const { lottery } = this.options;
      const effects: EffectSink = [];
      lottery.settled(entries, effects, refused);
      for (const number of refused) {
        const agency = lottery.agency(number);
        if (agency !== undefined) loseAgency(lottery, agency, this.sessions(), effects);
      }
      if (!this.claims.isEmpty) this.claims.askAgain(effects);
      this.pipeline.add(effects);
    });
  }

  private *sessions(): Iterable<Session> {
    for (const { session } of this.peers.values()) yield session;
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    this.guarded(() => {
      deliver(outcomes, this.peers, this.log, this.deliverHooks);
      this.stopIfIdle();
      this.selector.wakeUp();
    });
  }

  /** Resumes reading, once what was received is processed or shed. */
  private relieve(nowMs: number): void {
    if (!this.backpressure.isHeld || this.selector.hasReady) return;
    const effects: EffectSink = [];
    this.backpressure.release(nowMs, effects);
    this.perform(effects);
  }

  private runTurn(): void {
    const { roomBytes } = this.pipeline;
    if (this.parsing || this.phase !== 'running' || roomBytes <= 0) return;
    const ready = this.selector.select();
    if (ready.length === 0) return;
    const nowMs = this.options.clock.nowMs();
    const isCrowded = this.admission.unread.total >= LIMITS.outputBytesTotalMax;
    const bounds = { roomBytes, unreadBytesMax: isCrowded ? 0 : LIMITS.outputBytesUnreadMax };
    const read = readPeers(ready, this.peers, bounds, nowMs);
    const { events, bets } = read;
    for (const connection of read.unfinished) this.selector.markReady(connection);
    for (const connection of read.perhapsSilent) this.lookAgainSoon(connection);
    this.relieve(nowMs);
    const parsed = this.options.parser.parse(bets);
    if (Array.isArray(parsed)) {
      this.step(events, parsed);
      return;
    }
    this.parsing = true;
    parsed.then(
      (found) => {
        this.parsing = false;
        this.guarded(() => {
          this.step(events, found);
          this.stopIfIdle();
          this.selector.wakeUp();
        });
      },
      (error: unknown) => {
        this.options.onFatal(error);
      },
    );
  }

  /** The input is a complete message if nothing follows it. */
  private lookAgainSoon(connection: Connection): void {
    this.options.clock.after(LIMITS.quietMs, () => {
      this.selector.markReady(connection);
    });
  }

  /** Dispatches what was read to the sessions, in order. */
  private step(events: readonly PeerEvent[], parsed: readonly Parsed[]): void {
    const effects: EffectSink = [];
    step(events, parsed, this.stepping, effects);
    this.perform(effects);
  }

  /** An agency is claimed: goes on with what its peer has sent since. */
  private goOn(peer: Peer, kept: readonly Step[], isNew: boolean, effects: EffectSink): void {
    const { session } = peer;
    if (isNew && session.state.phase === 'established') this.options.welcome?.(session, effects);
    this.stepping.beginNow();
    for (const one of kept) this.stepping.take(peer, one, 0, effects);
    this.selector.markReady(peer.connection);
  }

  private perform(effects: EffectSink): void {
    this.pipeline.add(effects);
    this.pipeline.push();
  }

  private beginDraw(): void {
    settle(
      this.options.draw,
      (outcome) => {
        this.guarded(() => {
          if (this.phase !== 'running') return;
          const effects: EffectSink = [];
          const { kind, entries } = outcome;
          if (kind === 'awaited') {
            announceDigest(entries, outcome.source, outcome.digest, effects);
          } else announceDraw(this.options.lottery, entries, outcome.winners, effects);
          this.perform(effects);
        });
      },
      (error) => {
        if (this.phase === 'running') this.options.onFatal(error);
      },
    );
  }

  private scheduleTick(): void {
    this.cancelTick = this.options.clock.after(LIMITS.deadlineTickMs, () => {
      this.guarded(() => {
        this.reap();
      });
      if (this.phase === 'running') this.scheduleTick();
    });
  }

  /** Closes connections that are over or too slow, and sends heartbeats to held queries. */
  private reap(): void {
    const { lottery, clock } = this.options;
    const nowMs = clock.nowMs();
    const effects: EffectSink = [];
    for (const peer of this.peers.values()) {
      const { connection } = peer;
      connection.noteUnread();
      // The peer may have read its replies meanwhile.
      if (connection.waitsForTurn || connection.isStreaming) this.selector.markReady(connection);
      endIfOverdue(peer, this.limits, nowMs, { lottery, log: this.log }, effects);
    }
    this.slowReaders.look(this.peers.values(), nowMs);
    sendHeartbeats(lottery, nowMs, effects);
    finishUnnamed(lottery, effects);
    saveRejects(lottery, effects);
    this.admission.expireCandidates(nowMs, effects);
    this.perform(effects);
    // Not only turns: the ready connections may be gone, and nothing else is read.
    this.relieve(nowMs);
    this.admission.report();
  }

  /** Once nothing waits for the disk: sends GOODBYE; stopped when all connections are closed. */
  private stopIfIdle(): void {
    if (this.phase !== 'stopping' || this.parsing || !this.pipeline.isIdle) return;
    this.phase = 'stopped';
    sayGoodbye(this.peers.values());
    this.cancelTick = this.options.clock.after(LIMITS.stopTimeoutMs, () => {
      for (const { connection } of this.peers.values()) connection.destroy();
    });
    this.finishStop();
  }

  private finishStop(): void {
    if (this.phase !== 'stopped' || this.peers.size > 0) return;
    this.cancelTick();
    this.log.close();
    this.onStopped();
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
