import { LIMITS } from '../../base/limits';
import type { Connection } from '../../net/connection/connection';
import type { Peer } from '../admission/peer';
import type { PeerLimits } from '../admission/peer-limits';
import type { EffectSink } from '../session/effects';
import type { PeerLog } from '../log/peer-log';
import { waitsForStore } from '../session/state';
import { expire, type Stepping } from './step';

/** What to do about a peer that has passed a deadline. */
export type Overdue =
  /** Its last reply was sent. */
  | { readonly kind: 'over' }
  /** It reads nothing, so it can be sent no error. */
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

const FRAME_LATE = 'the rest of a frame did not come in time';

/** Whether a peer has taken too long; time that the central takes does not count against it. */
export function findOverdue(
  { connection, codec, session }: Peer,
  limits: PeerLimits,
  nowMs: number,
): Overdue | null {
  const { endedMs, frameSinceMs, lastInputMs, unreadSinceMs } = connection;
  if (endedMs !== undefined) {
    // A slow reader receives all its replies; its time runs from its last progress.
    if (unreadSinceMs !== undefined) {
      return passed(unreadSinceMs, limits.unreadTimeoutMs) ? { kind: 'over' } : null;
    }
    return passed(endedMs, LIMITS.lingerTimeoutMs) ? { kind: 'over' } : null;
  }
  if (unreadSinceMs !== undefined && passed(unreadSinceMs, limits.unreadTimeoutMs)) {
    return { kind: 'drop', reason: 'it does not read' };
  }
  // It takes a long reply, at its own speed.
  if (connection.isStreaming || connection.waitsForTurn) return null;
  // The store takes its time to answer, not the peer.
  if (waitsForStore(session)) return null;
  const isFrameLate = frameSinceMs !== undefined && passed(frameSinceMs, limits.frameTimeoutMs);
  if (session.state.phase === 'handshake') {
    const { handshakeTimeoutMs, frameTimeoutMs } = limits;
    // In a legacy dialect a batch of any length names the agency.
    const isBatch = codec.untaken !== undefined && frameSinceMs !== undefined;
    const timeoutMs = handshakeTimeoutMs + (isBatch ? frameTimeoutMs : 0);
    if (passed(connection.openedMs, timeoutMs)) return refusal('no handshake in time');
    return isBatch && isFrameLate ? refusal(FRAME_LATE) : null;
  }
  if (isFrameLate) return refusal(FRAME_LATE);
  if (session.held !== null || session.unanswered > 0) return null;
  return passed(lastInputMs, limits.idleTimeoutMs) ? refusal('silent for too long') : null;

  function passed(sinceMs: number, timeoutMs: number): boolean {
    return nowMs - sinceMs > timeoutMs;
  }
}

function refusal(reason: string): Overdue {
  return { kind: 'refuse', reason };
}

/** Ends a peer that has taken too long, if it has. */
export function endIfOverdue(
  peer: Peer,
  limits: PeerLimits,
  nowMs: number,
  { stepping, log }: { readonly stepping: Stepping; readonly log: PeerLog },
  effects: EffectSink,
): void {
  const overdue = findOverdue(peer, limits, nowMs);
  if (overdue === null) return;
  const { connection } = peer;
  if (overdue.kind === 'refuse') {
    expire(peer, overdue.reason, stepping, effects);
    return;
  }
  if (overdue.kind === 'drop') logDropped(connection, 'TOO_SLOW', overdue.reason, log);
  connection.destroy();
}

/** A peer that does not read would not read an error either: only the log says why it goes. */
export function logDropped(
  { remoteAddress: ip }: Connection,
  code: string,
  reason: string,
  log: PeerLog,
): void {
  const details = { code, reason, ip };
  const peer = { address: ip, agency: null };
  log.write({ level: 'WARNING', action: 'session', result: 'fail', details, peer });
}
