/**
 * The central's turn: read -> step -> commit -> reply -> reap. This order is its contract: what is
 * acknowledged is on disk, and nothing is let go of in the middle of something else.
 *
 * - read: take whole frames off the ready connections, a bounded number of each;
 * - step: check rows, then let the session say what each command leads to;
 * - commit: one append and one sync for all that was gathered (while the disk works, the next
 *   turns gather the next group);
 * - reply: log lines first, then one write per connection;
 * - reap: let go of connections that are over, or too slow.
 */
import type { Clock } from '../base/clock';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import type { RowsVerdict } from '../domain/row-check';
import type { Winners } from '../domain/winners';
import { Connection, type ConnectionListener } from '../net/connection';
import { Selector } from '../net/selector';
import type { Transport } from '../net/transport';
import type { RowParser } from '../parsing/row-parser';
import type { ServerCodec } from '../protocol/commands';
import type { DrawRecord, StoreEntry } from '../store/state';
import type { Store } from '../store/store';
import { CommitPipeline, type CommitListener, type Outcome } from './commit-pipeline';
import { findOverdue } from './deadlines';
import { deliver } from './deliver';
import type { EffectSink } from './effects';
import { certifiedAgency } from './identity';
import type { Lottery } from './lottery';
import { readPeers, type Peer, type PeerEvent } from './read';
import { handleCommand } from './session';
import { endSession, leave, refuse } from './session-end';
import { finishUnnamed } from './session-unnamed';
import { announceDraw, giveSignsOfLife } from './session-winners';
import { Session, type PeerIdentity } from './session-state';

export interface CentralOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly parser: RowParser;
  readonly lottery: Lottery;
  readonly createCodec: () => ServerCodec;
  /** Looks for the winners; the result is durable apart from the draw record. */
  readonly draw: () => PromiseLike<{ readonly draw: DrawRecord; readonly winners: Winners }>;
  /** The draw is durable and was announced to whoever waited. */
  readonly onDrawn: () => void;
  /** Our own mistake, or a draw that failed: the process must stop. */
  readonly onFatal: (error: unknown) => void;
}

function identityOf({ remoteAddress, certifiedName }: Transport): PeerIdentity {
  return { address: remoteAddress, certifiedAgency: certifiedAgency(certifiedName) };
}

type CentralPhase = 'running' | 'stopping' | 'stopped';

export class Central implements ConnectionListener, CommitListener {
  private readonly selector: Selector;
  private readonly pipeline: CommitPipeline;
  private readonly peers = new Map<number, Peer>();
  private phase: CentralPhase = 'running';
  private nextId = 1;
  /** A turn whose rows are being checked in the pool. */
  private parsing = false;
  /** The draw has just become durable; its replies have not left. */
  private drawStored = false;
  private cancelTick: () => void = () => undefined;
  private onStopped: () => void = () => undefined;

  constructor(private readonly options: CentralOptions) {
    this.selector = new Selector(options.clock, () => {
      this.guarded(() => {
        this.runTurn();
      });
    });
    this.pipeline = new CommitPipeline(options.store, this);
  }

  /** Begins: makes a draw that is due, and watches deadlines from now on. */
  start(): void {
    const effects: EffectSink = [];
    this.options.lottery.start(effects);
    this.perform(effects);
    this.scheduleTick();
  }

  /**
   * Takes over a connection that somebody opened.
   *
   * @param createCodec for what is spoken where it came in, if not what is spoken elsewhere
   */
  accept(transport: Transport, createCodec = this.options.createCodec): void {
    const { clock, logger } = this.options;
    const id = this.nextId++;
    const codec = createCodec();
    const connection = new Connection(id, transport, this, () => clock.nowMs(), codec);
    const session = new Session(id, codec, identityOf(transport));
    const peer: Peer = { connection, codec, session };
    const others = this.peers.size;
    this.peers.set(id, peer);
    this.selector.register(connection);
    if (this.phase !== 'running' || others >= LIMITS.connectionsMax) {
      this.turnAway(peer, others);
      return;
    }
    const ip = connection.remoteAddress;
    logger.info('accept_connections', 'success', { ip });
    logger.info('accept_connections', 'in_progress');
  }

  /**
   * Stops in good order: reads nothing more, makes durable what was accepted, answers it, says
   * goodbye.
   */
  stop(): Promise<void> {
    this.phase = 'stopping';
    this.cancelTick();
    this.options.logger.info('close_timer', 'success', { timer: 'deadlines' });
    return new Promise((resolve) => {
      this.onStopped = resolve;
      this.stopIfIdle();
    });
  }

  onReady(connection: Connection): void {
    this.selector.markReady(connection);
  }

  onClosed(connection: Connection): void {
    this.selector.unregister(connection);
    const peer = this.peers.get(connection.id);
    if (peer === undefined) return;
    this.peers.delete(connection.id);
    leave(this.options.lottery, peer.session);
    const ip = connection.remoteAddress;
    this.options.logger.info('close_connection', 'success', { ip });
    this.finishStop();
  }

  onStored(entries: readonly StoreEntry[]): void {
    const effects: EffectSink = [];
    this.options.lottery.stored(entries, effects);
    this.drawStored = entries.some(({ kind }) => kind === 'draw');
    this.pipeline.add(effects);
  }

  onOutcomes(outcomes: readonly Outcome[]): void {
    this.guarded(() => {
      if (deliver(outcomes, this.peers, this.options.logger)) this.beginDraw();
      if (this.drawStored) {
        this.drawStored = false;
        this.options.onDrawn();
      }
      this.stopIfIdle();
      this.selector.wakeUp();
    });
  }

  /** There are as many connections as there may be: says so, if there is room for that. */
  private turnAway({ connection, codec, session }: Peer, others: number): void {
    leave(this.options.lottery, session);
    if (others >= LIMITS.connectionsMax + LIMITS.connectionsTurnedAwayMax) connection.destroy();
    connection.send(codec.encode({ kind: 'busy', retryAfterMs: LIMITS.busyRetryMs }));
    connection.finish();
  }

  private runTurn(): void {
    const { roomBytes } = this.pipeline;
    if (this.parsing || this.phase !== 'running' || roomBytes <= 0) return;
    const ready = this.selector.select();
    if (ready.length === 0) return;
    const nowMs = this.options.clock.nowMs();
    const read = readPeers(ready, this.peers, roomBytes, nowMs);
    const { events, batches } = read;
    for (const connection of read.unfinished) this.selector.markReady(connection);
    for (const connection of read.perhapsSilent) this.lookAgainSoon(connection);
    const verdicts = this.options.parser.check(batches);
    if (Array.isArray(verdicts)) {
      this.step(events, verdicts);
      return;
    }
    this.parsing = true;
    verdicts.then(
      (checked) => {
        this.parsing = false;
        this.guarded(() => {
          this.step(events, checked);
          this.stopIfIdle();
          this.selector.wakeUp();
        });
      },
      (error: unknown) => {
        this.options.onFatal(error);
      },
    );
  }

  /** What the peer sent is a message if nothing follows it. */
  private lookAgainSoon(connection: Connection): void {
    this.options.clock.after(LIMITS.quietMs, () => {
      this.selector.markReady(connection);
    });
  }

  /** Lets the session answer what was read, in the order in which it was read. */
  private step(events: readonly PeerEvent[], verdicts: readonly RowsVerdict[]): void {
    const { lottery, clock } = this.options;
    const nowMs = clock.nowMs();
    const effects: EffectSink = [];
    let batch = 0;
    for (const event of events) {
      const { session } = event.peer;
      if (event.kind === 'command') handleCommand(lottery, session, event, nowMs, effects);
      else if (event.kind === 'bets') {
        const verdict = verdicts[batch++];
        if (verdict === undefined) throw new RangeError('a batch without a verdict');
        handleCommand(lottery, session, { command: event.command, verdict }, nowMs, effects);
      } else if (event.kind === 'bad_bytes') {
        refuse(lottery, session, event.error.code, event.error.message, effects);
      } else endSession(lottery, session, effects);
    }
    this.perform(effects);
  }

  private perform(effects: EffectSink): void {
    this.pipeline.add(effects);
    this.pipeline.push();
  }

  private beginDraw(): void {
    this.options.draw().then(
      ({ draw, winners }) => {
        this.guarded(() => {
          if (this.phase !== 'running') return;
          const effects: EffectSink = [];
          announceDraw(this.options.lottery, draw, winners, effects);
          this.perform(effects);
        });
      },
      (error: unknown) => {
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

  /** Lets go of whoever is over or too slow, and reassures whoever waits. */
  private reap(): void {
    const { lottery, clock } = this.options;
    const nowMs = clock.nowMs();
    const effects: EffectSink = [];
    for (const peer of this.peers.values()) {
      const overdue = findOverdue(peer, nowMs);
      if (overdue === 'linger') peer.connection.destroy();
      else if (overdue !== null) refuse(lottery, peer.session, 'TOO_SLOW', overdue, effects);
    }
    giveSignsOfLife(lottery, nowMs, effects);
    finishUnnamed(lottery, effects);
    this.perform(effects);
  }

  /** When nothing waits for the disk any more: says goodbye, and is stopped when all have gone. */
  private stopIfIdle(): void {
    if (this.phase !== 'stopping' || this.parsing || !this.pipeline.isIdle) return;
    this.phase = 'stopped';
    const goodbye = { kind: 'goodbye', retryAfterMs: LIMITS.busyRetryMs } as const;
    for (const { connection, codec } of this.peers.values()) {
      connection.send(codec.encode(goodbye));
      connection.finish();
      connection.destroyWhenSent();
    }
    this.cancelTick = this.options.clock.after(LIMITS.stopTimeoutMs, () => {
      for (const { connection } of this.peers.values()) connection.destroy();
    });
    this.finishStop();
  }

  private finishStop(): void {
    if (this.phase !== 'stopped' || this.peers.size > 0) return;
    this.cancelTick();
    this.onStopped();
  }

  /** Our own mistakes end the process; state can no longer be trusted. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.onFatal(error);
    }
  }
}
