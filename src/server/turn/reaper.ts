/** The last part of a turn, by the clock: ends peers that are over or too slow, and sends heartbeats. */
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { TurnObserver } from '../../telemetry/turns';
import type { AdmissionControl } from '../admission/admission-control';
import type { Peer } from '../admission/peer';
import type { PeerLimits } from '../admission/peer-limits';
import type { EffectSink } from '../session/effects';
import type { Lottery } from '../session/lottery';
import type { PeerLog } from '../log/peer-log';
import { saveRejects } from '../session/rejects';
import { finishUnnamed } from '../session/unnamed';
import { sendHeartbeats } from '../session/winners';
import type { CommitPipeline } from './commit-pipeline';
import { endIfOverdue } from './deadlines';
import type { SlowReaders } from './slow-readers';
import type { Stepping } from './step';
import type { Turn } from './turn';

export interface ReaperOptions {
  readonly clock: Clock;
  readonly lottery: Lottery;
  readonly log: PeerLog;
  readonly limits: PeerLimits;
  readonly peers: ReadonlyMap<number, Peer>;
  readonly admission: AdmissionControl;
  readonly slowReaders: SlowReaders;
  readonly pipeline: CommitPipeline;
  readonly turn: Turn;
  readonly stepping: Stepping;
  /** Runs what must not throw. */
  readonly guarded: (work: () => void) => void;
  /** Is shown when it works. */
  readonly observer: TurnObserver;
}

export class Reaper {
  private cancelTick: () => void = () => undefined;

  constructor(private readonly options: ReaperOptions) {}

  /** Watches deadlines from now on. */
  start(): void {
    const { clock, guarded, observer } = this.options;
    this.cancelTick = clock.after(LIMITS.deadlineTickMs, () => {
      this.start();
      const stage = observer.enter('reap');
      guarded(() => {
        this.reap();
      });
      observer.enter(stage);
    });
  }

  stop(): void {
    this.cancelTick();
  }

  private reap(): void {
    const { clock, lottery, log, limits, peers, admission, pipeline, turn, stepping } =
      this.options;
    const nowMs = clock.nowMs();
    const effects: EffectSink = [];
    for (const peer of peers.values()) {
      const { connection } = peer;
      connection.noteUnread();
      // The peer may have read its replies meanwhile.
      if (connection.waitsForTurn || connection.isStreaming) turn.markReady(connection);
      endIfOverdue(peer, limits, nowMs, { stepping, log }, effects);
    }
    this.options.slowReaders.check(peers.values(), nowMs);
    sendHeartbeats(lottery, nowMs, effects);
    finishUnnamed(lottery, effects);
    saveRejects(lottery, effects);
    admission.expireCandidates(nowMs, effects);
    pipeline.perform(effects);
    // Not only turns: the ready connections may be gone, and nothing else is read.
    turn.relieve(nowMs);
    admission.report();
  }
}
