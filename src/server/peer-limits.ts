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
 * TLS handshakes at the same time: those of a flood may take a part of the descriptors only.
 *
 * @param descriptorsMax how many the system allows
 */
export function handshakesFor(descriptorsMax: number): number {
  const part = Math.floor(descriptorsMax / LIMITS.descriptorsPerTlsHandshakeMin);
  return Math.max(1, Math.min(LIMITS.tlsHandshakesMax, part));
}

/**
 * Lowers the number of connections to what the system's limit on descriptors allows: a flood that
 * takes the last descriptor would keep the central from opening its own files.
 *
 * @param handshakesMax TLS handshakes at the same time, whose connections are not among the others
 */
export function fitToDescriptors(
  limits: PeerLimits,
  descriptorsMax: number,
  handshakesMax: number,
): PeerLimits {
  const { descriptorsReservedMin, connectionsTurnedAwayMax } = LIMITS;
  const others = descriptorsReservedMin + connectionsTurnedAwayMax + handshakesMax;
  const room = Math.max(1, descriptorsMax - others);
  return room >= limits.connectionsMax ? limits : { ...limits, connectionsMax: room };
}
