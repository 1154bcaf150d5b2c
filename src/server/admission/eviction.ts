/** Chooses the peer to evict when an agency needs a place and none is free. */
import { unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Agency } from '../session/state';
import type { Peer } from './peer';

/**
 * The order of eviction:
 *
 * - `over`: its session has ended, or the agency that needs the place replaces it;
 * - `unauthenticated`: no handshake yet;
 * - `idle`: its dialect opens a connection for each request, and it is silent, or its agency has more of
 *   them than requests can be in flight;
 * - `served`: an unnamed agency without bets, after the draw: all it can get is its empty answer;
 * - `waits`: its agency has finished and waits for the draw; it will reconnect and ask again;
 * - `waits_once`: the same, but agencies of its dialect do not reconnect.
 */
const ORDER = ['over', 'unauthenticated', 'idle', 'served', 'waits', 'waits_once'] as const;

type Rank = (typeof ORDER)[number];

/** An agency that needs a place. */
export interface Claimant {
  /** Null: one without bets that its dialect does not name. */
  readonly agency: Agency | null;
  /** Whether the draw waits for it. */
  readonly isLoading: boolean;
  /** Whether the draw was made, so that no agency is missing from it any more. */
  readonly isDrawn: boolean;
}

/**
 * Finds the peer to evict: the first kind in {@link ORDER}, and of that the one admitted first. A waiting
 * agency is evicted only for one that still loads, since only that brings the draw closer.
 *
 * @param crowd the oldest first
 * @returns null when no peer may be evicted
 */
export function findEvictable(
  crowd: Iterable<Peer>,
  claimant: Claimant,
  nowMs: number,
): Peer | null {
  const idleAt = ORDER.indexOf('idle');
  let found: Peer | null = null;
  let foundAt = claimant.isLoading ? ORDER.length : ORDER.indexOf('waits');
  const shared: Peer[] = [];
  for (const peer of crowd) {
    const rank = rankOf(peer, claimant, nowMs);
    const at = rank === null ? ORDER.length : ORDER.indexOf(rank);
    if (rank === null && peer.session.isShared) shared.push(peer);
    if (at >= foundAt) continue;
    found = peer;
    foundAt = at;
    if (at === 0) break;
  }
  return foundAt > idleAt ? (findSurplus(shared) ?? found) : found;
}

/** The oldest connection of an agency that has more of them than requests can be under way. */
function findSurplus(shared: readonly Peer[]): Peer | null {
  const oldest = new Map<Agency, Peer>();
  const counts = new Map<Agency, number>();
  for (const peer of shared) {
    const { state } = peer.session;
    if (state.phase !== 'established') continue;
    const count = (counts.get(state.agency) ?? 0) + 1;
    counts.set(state.agency, count);
    const first = oldest.get(state.agency) ?? peer;
    oldest.set(state.agency, first);
    if (count > LIMITS.sharedConnectionsMax) return first;
  }
  return null;
}

/** @returns null: its place is safe */
function rankOf(peer: Peer, { agency, isDrawn }: Claimant, nowMs: number): Rank | null {
  const { session } = peer;
  const { state } = session;
  switch (state.phase) {
    case 'ended':
      return 'over';
    case 'handshake':
      return 'unauthenticated';
    case 'unnamed':
      // Before the draw it counts as an agency for as long as it is connected.
      return isDrawn ? 'served' : null;
    case 'claiming':
      return agency !== null && agency.holder === session ? 'over' : null;
    case 'established':
      if (agency !== null && agency.holder === session) return 'over';
      if (session.isShared) return isIdle(peer, nowMs) ? 'idle' : null;
      if (!state.agency.finished) return null;
      return session.dialect.run === 'resumed' ? 'waits' : 'waits_once';
    default:
      return unreachable(state);
  }
}

/** Whether a peer has been silent for a while and nothing that it sent waits for an answer. */
export function isIdle({ connection, session }: Peer, nowMs: number): boolean {
  if (connection.waitsForTurn || session.unanswered > 0 || session.held !== null) return false;
  if (connection.unsentBytes > 0) return false;
  return nowMs - connection.lastInputMs >= LIMITS.unauthenticatedGraceMs;
}
