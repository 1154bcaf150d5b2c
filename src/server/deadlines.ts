import { LIMITS } from '../base/limits';
import type { Peer } from './read';

/**
 * Whether a peer has taken too long.
 *
 * @returns null; `linger`: our last word was said and the peer does not go; else what was too slow
 */
export function findOverdue({ connection, session }: Peer, nowMs: number): string | null {
  const { endedMs, frameSinceMs, lastInputMs } = connection;
  if (endedMs !== undefined) return nowMs - endedMs > LIMITS.lingerTimeoutMs ? 'linger' : null;
  if (session.state.phase === 'greeting') {
    return nowMs - connection.openedMs > LIMITS.handshakeTimeoutMs
      ? 'no introduction in time'
      : null;
  }
  if (frameSinceMs !== undefined && nowMs - frameSinceMs > LIMITS.frameTimeoutMs) {
    return 'the rest of a frame did not come in time';
  }
  if (session.held !== null || session.unanswered > 0) return null;
  return nowMs - lastInputMs > LIMITS.idleTimeoutMs ? 'silent for too long' : null;
}
