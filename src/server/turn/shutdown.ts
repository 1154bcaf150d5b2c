/** The graceful shutdown: what was accepted becomes durable and is answered, then all connections end. */
import type { Clock } from '../../base/clock';
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import type { Peer } from '../admission/peer';
import type { PeerLog } from '../log/peer-log';
import type { CommitPipeline } from './commit-pipeline';
import { sayGoodbye } from './deliver';
import type { Turn } from './turn';

/** `stopping`: what was accepted becomes durable and is answered; `stopped`: connections end. */
type CentralPhase = 'running' | 'stopping' | 'stopped';

const NEXT: Readonly<Record<CentralPhase, readonly CentralPhase[]>> = {
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
};

export interface ShutdownOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: PeerLog;
  /** Connected peers, by the id of their connection. */
  readonly peers: ReadonlyMap<number, Peer>;
  readonly turn: Pick<Turn, 'isIdle'>;
  readonly pipeline: Pick<CommitPipeline, 'isIdle'>;
}

export class Shutdown {
  private phase: CentralPhase = 'running';
  private cancelTimeout: () => void = () => undefined;
  private onStopped: () => void = () => undefined;

  constructor(private readonly options: ShutdownOptions) {}

  /** Whether the central accepts peers and reads what they send. */
  get isRunning(): boolean {
    return this.phase === 'running';
  }

  /** @param onStopped called when all connections are closed */
  begin(onStopped: () => void): void {
    this.setPhase('stopping');
    this.onStopped = onStopped;
  }

  /** To be called when a turn, or a commit, is over: once nothing waits for the disk, sends GOODBYE. */
  endIfIdle(): void {
    const { turn, pipeline, peers, clock } = this.options;
    if (this.phase !== 'stopping' || !turn.isIdle || !pipeline.isIdle) return;
    this.setPhase('stopped');
    sayGoodbye(peers.values());
    this.cancelTimeout = clock.after(LIMITS.stopTimeoutMs, () => {
      for (const { connection } of peers.values()) connection.destroy();
    });
    this.finishIfEmpty();
  }

  /** To be called when a connection is closed. */
  finishIfEmpty(): void {
    if (this.phase !== 'stopped' || this.options.peers.size > 0) return;
    this.cancelTimeout();
    this.options.log.close();
    this.onStopped();
  }

  /** The only place where the phase changes. */
  private setPhase(to: CentralPhase): void {
    const from = this.phase;
    invariant(NEXT[from].includes(to), `the central went from ${from} to ${to}`);
    this.phase = to;
    this.options.logger.debug('central_phase', 'success', { from, to });
  }
}
