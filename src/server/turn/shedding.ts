/** Load shedding when all connections together hold too many undecoded bytes. */
import { LIMITS } from '../../base/limits';
import type { ByteMeter } from '../../net/frame-buffer';
import type { Peer } from '../admission/peer';
import type { EffectSink } from '../session/effects';
import { endBusy } from '../session/end';
import type { Lottery } from '../session/lottery';
import { waitsForStore } from '../session/state';

/**
 * Chooses the peers to drop: those that have kept the most bytes waiting for the longest time, because they
 * do not send the rest of a frame or do not read the replies that must leave first. Whole frames wait for
 * the central, not for the peer, and are never a reason.
 *
 * @param bytesMin bytes to free
 */
export function choosePeersToShed(
  peers: Iterable<Peer>,
  bytesMin: number,
  nowMs: number,
): readonly Peer[] {
  const candidates: { readonly peer: Peer; readonly bytes: number; readonly weight: number }[] = [];
  for (const peer of peers) {
    const sinceMs = blockedSinceMs(peer);
    if (sinceMs === undefined) continue;
    const bytes = peer.connection.input.length;
    candidates.push({ peer, bytes, weight: bytes * (nowMs - sinceMs + 1) });
  }
  candidates.sort((a, b) => b.weight - a.weight);
  const chosen: Peer[] = [];
  let freed = 0;
  for (const { peer, bytes } of candidates) {
    if (freed >= bytesMin) break;
    chosen.push(peer);
    freed += bytes;
  }
  return chosen;
}

/** Since when a peer's input has waited for the peer itself. */
function blockedSinceMs({ connection, session }: Peer): number | undefined {
  if (waitsForStore(session)) return undefined;
  if (!connection.isWritable || connection.input.length === 0) return undefined;
  return connection.waitsForTurn ? connection.unreadSinceMs : connection.frameSinceMs;
}

/** Stops reading from all peers while they have sent more than the central may hold. */
export class Backpressure {
  private held = false;

  /**
   * @param peers all that are connected, by connection
   * @param received undecoded bytes of all of them
   */
  constructor(
    private readonly lottery: Lottery,
    private readonly peers: ReadonlyMap<number, Peer>,
    private readonly received: ByteMeter,
  ) {}

  /** Whether new connections must not be read either. */
  get isHeld(): boolean {
    return this.held;
  }

  hold(): void {
    if (this.held) return;
    this.held = true;
    for (const { connection } of this.peers.values()) connection.holdInput();
  }

  /** Resumes reading; first sheds peers whose input cannot be processed. */
  release(nowMs: number, effects: EffectSink): void {
    const excess = this.received.total - LIMITS.inputBytesTotalMax / 2;
    for (const peer of choosePeersToShed(this.peers.values(), excess, nowMs)) {
      endBusy(this.lottery, peer.session, 'too many unfinished frames', effects);
      peer.connection.input.clear();
    }
    this.held = false;
    for (const { connection } of this.peers.values()) connection.releaseInput();
  }
}
