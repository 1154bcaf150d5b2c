/** Load shedding when all connections together hold too many undecoded bytes. */
import type { Peer } from '../admission/peer';

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
  if (session.state.phase === 'claiming') return undefined;
  if (!connection.isWritable || connection.input.length === 0) return undefined;
  return connection.waitsForTurn ? connection.unreadSinceMs : connection.frameSinceMs;
}
