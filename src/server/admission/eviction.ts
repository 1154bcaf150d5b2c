/** Who loses its place when an agency needs one and all are taken. */
import { unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Agency } from '../session/state';
import type { Peer } from './peer';

/**
 * In which order peers go:
 *
 * - `over`: its last word is said, or the agency that needs the place takes over from it;
 * - `unauthenticated`: it has not said who it is;
 * - `idle`: its dialect has a connection for each request, and it says nothing more;
 * - `waits`: its agency has finished and waits for the others; it will come back and ask again;
 * - `waits_once`: the same, but agencies of its dialect do not come back.
 */
const ORDER = ['over', 'unauthenticated', 'idle', 'waits', 'waits_once'] as const;

type Rank = (typeof ORDER)[number];

/** An agency that needs a place. */
export interface Claimant {
  /** Null: one without bets that its dialect does not name. */
  readonly agency: Agency | null;
  /** Whether the draw waits for it. */
  readonly isLoading: boolean;
}

/**
 * Whoever has to go for an agency: of those that go first, the one that was admitted first. Waiting
 * agencies go only for one that still loads, since only that brings the draw nearer.
 *
 * @param crowd the oldest first
 * @returns null when nobody has to
 */
export function findEvictable(
  crowd: Iterable<Peer>,
  { agency, isLoading }: Claimant,
  nowMs: number,
): Peer | null {
  let found: Peer | null = null;
  let foundAt = isLoading ? ORDER.length : ORDER.indexOf('waits');
  for (const peer of crowd) {
    const rank = rankOf(peer, agency, nowMs);
    const at = rank === null ? ORDER.length : ORDER.indexOf(rank);
    if (at >= foundAt) continue;
    found = peer;
    foundAt = at;
    if (at === 0) break;
  }
  return found;
}

/** @returns null: its place is safe */
function rankOf(peer: Peer, agency: Agency | null, nowMs: number): Rank | null {
  const { session } = peer;
  const { state } = session;
  switch (state.phase) {
    case 'ended':
      return 'over';
    case 'handshake':
      return 'unauthenticated';
    case 'unnamed':
      // It counts as an agency for as long as it is connected.
      return null;
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
