import { LIMITS } from '../base/limits';

/** How many connections there may be, and how long a peer may take: what an operator can set. */
export interface PeerLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** From the connection to INTRODUCE. */
  readonly handshakeTimeoutMs: number;
  /** From the first to the last byte of a frame. */
  readonly frameTimeoutMs: number;
  /** Silence of a peer that waits for nothing. */
  readonly idleTimeoutMs: number;
  /** Time for a peer to take something of what was sent to it. */
  readonly unreadTimeoutMs: number;
}

export const DEFAULT_PEER_LIMITS: PeerLimits = Object.freeze({
  connectionsMax: LIMITS.connectionsMax,
  connectionsPerAddressMax: LIMITS.connectionsPerAddressMax,
  handshakeTimeoutMs: LIMITS.handshakeTimeoutMs,
  frameTimeoutMs: LIMITS.frameTimeoutMs,
  idleTimeoutMs: LIMITS.idleTimeoutMs,
  unreadTimeoutMs: LIMITS.unreadTimeoutMs,
});

/**
 * Lowers the number of connections to what the system's limit on descriptors allows: a flood that
 * takes the last descriptor would keep the central from opening its own files.
 */
export function fitToDescriptors(limits: PeerLimits, descriptorsMax: number): PeerLimits {
  const others = LIMITS.descriptorsReservedMin + LIMITS.connectionsTurnedAwayMax;
  const room = Math.max(1, descriptorsMax - others);
  return room >= limits.connectionsMax ? limits : { ...limits, connectionsMax: room };
}
