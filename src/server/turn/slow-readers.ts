/** Distinguishes slow readers from peers that do not read at all. */
import { LIMITS } from '../../base/limits';
import { keyOf, type SendQueues } from '../../net/tcp-table';
import type { Peer } from '../admission/peer';
import type { PeerLimits } from '../admission/peer-limits';

const noQueues = (): Promise<SendQueues> => Promise.resolve(new Map());

export class SlowReaders {
  private isChecking = false;
  private checkedMs = Number.NEGATIVE_INFINITY;
  private readonly pauseMs: number;

  /** @param read returns the undelivered bytes of each connection, must not fail; undefined: unknown */
  constructor(
    private readonly read: (() => PromiseLike<SendQueues>) | undefined,
    { unreadTimeoutMs }: Pick<PeerLimits, 'unreadTimeoutMs'>,
  ) {
    const part = unreadTimeoutMs / LIMITS.unreadChecksMin;
    this.pauseMs = Math.max(part, LIMITS.unreadCheckPauseMsMin);
  }

  /** Checks, when due, how much of their replies has reached the peers that seem not to read. */
  check(peers: Iterable<Peer>, nowMs: number): void {
    if (this.isChecking || nowMs - this.checkedMs < this.pauseMs) return;
    const stalled = [...peers].filter(({ connection }) => connection.unreadSinceMs !== undefined);
    if (stalled.length === 0) return;
    this.isChecking = true;
    this.checkedMs = nowMs;
    void (this.read ?? noQueues)().then((queues) => {
      this.isChecking = false;
      for (const { connection } of stalled) {
        const { ends } = connection;
        if (ends !== undefined) connection.noteUndelivered(queues.get(keyOf(ends)) ?? 0);
      }
    });
  }
}
