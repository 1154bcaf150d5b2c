/** Reading, parsing and stepping: the part of a turn before the commit. */
import type { Clock } from '../../base/clock';
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Connection } from '../../net/connection/connection';
import { Selector } from '../../net/selector';
import type { Parsed } from '../../parsing/parsed';
import type { Parser } from '../../parsing/parser';
import type { TurnObserver } from '../../telemetry/turns';
import type { AdmissionControl } from '../admission/admission-control';
import type { Peer } from '../admission/peer';
import type { EffectSink } from '../session/effects';
import type { Lottery } from '../session/lottery';
import type { CommitPipeline } from './commit-pipeline';
import { readPeers, type PeerEvent } from './read';
import { Backpressure } from './shedding';
import { step, type Stepping } from './step';

/** `parsing`: the pool parses what was read. */
type TurnPhase = 'idle' | 'parsing';

export interface TurnOptions {
  readonly clock: Clock;
  readonly parser: Parser;
  readonly lottery: Lottery;
  /** By the id of their connection. */
  readonly peers: ReadonlyMap<number, Peer>;
  readonly admission: Pick<AdmissionControl, 'received' | 'unread'>;
  readonly pipeline: CommitPipeline;
  readonly stepping: Stepping;
  /** Whether peers are read. */
  readonly mayRead: () => boolean;
  /** A turn whose messages the pool has parsed is over. */
  readonly onPooledTurn: () => void;
  /** Runs what must not throw. */
  readonly guarded: (work: () => void) => void;
  readonly onFatal: (error: unknown) => void;
  /** Is shown the stages of turns. */
  readonly observer: TurnObserver;
}

export class Turn {
  private readonly selector: Selector;
  private readonly backpressure: Backpressure;
  private phase: TurnPhase = 'idle';

  constructor(private readonly options: TurnOptions) {
    const { clock, lottery, peers, admission, guarded, observer } = options;
    this.selector = new Selector(clock, () => {
      guarded(() => {
        this.run();
      });
      observer.enter('idle');
    });
    this.backpressure = new Backpressure(lottery, peers, admission.received);
  }

  /** Whether no turn waits for the pool. */
  get isIdle(): boolean {
    return this.phase === 'idle';
  }

  /** A connection was accepted. */
  register(connection: Connection): void {
    this.selector.register(connection);
    if (this.backpressure.isHeld) connection.holdInput();
  }

  unregister(connection: Connection): void {
    this.selector.unregister(connection);
  }

  /** A connection has something for the next turn. */
  markReady(connection: Connection): void {
    this.selector.markReady(connection);
  }

  /** The same, because bytes have arrived: above the bound for all of them, nothing more is read. */
  onInput(connection: Connection): void {
    this.selector.markReady(connection);
    if (this.options.admission.received.total >= LIMITS.inputBytesTotalMax) {
      this.backpressure.hold();
    }
  }

  /** Schedules a turn: there is room again for what one leads to. */
  wakeUp(): void {
    this.selector.wakeUp();
  }

  /** Resumes reading, once what was received is processed or shed. Not before: whole messages are answered. */
  relieve(nowMs: number): void {
    if (this.phase === 'parsing' || !this.backpressure.isHeld || this.selector.hasReady) return;
    const effects: EffectSink = [];
    this.backpressure.release(nowMs, effects);
    this.options.pipeline.perform(effects);
  }

  private run(): void {
    const { pipeline, clock, peers, admission, parser, mayRead, observer } = this.options;
    const { roomBytes } = pipeline;
    if (this.phase === 'parsing' || !mayRead() || roomBytes <= 0) return;
    const ready = this.selector.select();
    if (ready.length === 0) return;
    observer.begin(ready.length);
    const nowMs = clock.nowMs();
    const isCrowded = admission.unread.total >= LIMITS.outputBytesTotalMax;
    const bounds = { roomBytes, unreadBytesMax: isCrowded ? 0 : LIMITS.outputBytesUnreadMax };
    const { events, bets, unfinished, perhapsSilent } = readPeers(ready, peers, bounds, nowMs);
    observer.read(events.length);
    for (const connection of unfinished) this.selector.markReady(connection);
    for (const connection of perhapsSilent) this.lookAgainSoon(connection);
    observer.enter('parse');
    const parsed = parser.parse(bets);
    if (Array.isArray(parsed)) this.step(events, parsed, nowMs);
    else this.stepLater(events, parsed);
  }

  private stepLater(events: readonly PeerEvent[], parsed: PromiseLike<readonly Parsed[]>): void {
    const { clock, guarded, onPooledTurn, onFatal, observer } = this.options;
    this.setPhase('parsing');
    parsed.then((found) => {
      guarded(() => {
        this.setPhase('idle');
        this.step(events, found, clock.nowMs());
        onPooledTurn();
        this.wakeUp();
      });
      observer.enter('idle');
    }, onFatal);
  }

  /** Dispatches what was read to the sessions, in order. */
  private step(events: readonly PeerEvent[], parsed: readonly Parsed[], nowMs: number): void {
    this.options.observer.enter('step');
    const effects: EffectSink = [];
    step(events, parsed, this.options.stepping, effects);
    this.options.pipeline.perform(effects);
    this.relieve(nowMs);
  }

  /** The input is a complete message if nothing follows it. */
  private lookAgainSoon(connection: Connection): void {
    this.options.clock.after(LIMITS.quietMs, () => {
      this.selector.markReady(connection);
    });
  }

  private setPhase(to: TurnPhase): void {
    invariant(this.phase !== to, `a turn is ${to} already`);
    this.phase = to;
  }
}
