import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';

/** Limits of connections and deadlines that an operator can set. */
export interface PeerLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** Connections without a place, beside those that have one. */
  readonly connectionsAboveMax: number;
  /** From connect to INTRODUCE. */
  readonly handshakeTimeoutMs: number;
  /** From the first to the last byte of a frame. */
  readonly frameTimeoutMs: number;
  /** Silence of a peer that waits for nothing. */
  readonly idleTimeoutMs: number;
  /** Time in which a peer may read nothing of its replies. */
  readonly unreadTimeoutMs: number;
}

export const DEFAULT_PEER_LIMITS: PeerLimits = Object.freeze({
  connectionsMax: LIMITS.connectionsMax,
  connectionsPerAddressMax: LIMITS.connectionsPerAddressMax,
  connectionsAboveMax: LIMITS.connectionsAboveMax,
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
 * Lowers the maximum of connections to what the system's limit on descriptors allows: a flood that took
 * the last descriptor would keep the central from opening its own files.
 *
 * @param othersMax connections that count in addition: TLS handshakes under way, and those of the board
 * @throws LoteriaError CONFIG_INVALID when the limit is too low for the central
 */
export function fitToDescriptors(
  limits: PeerLimits,
  descriptorsMax: number,
  othersMax: number,
): PeerLimits {
  const { descriptorsReservedMin, connectionsAboveMin } = LIMITS;
  const available = descriptorsMax - descriptorsReservedMin - othersMax;
  if (available < 2 * connectionsAboveMin) {
    const least = descriptorsMax - available + 2 * connectionsAboveMin;
    throw new LoteriaError(
      'CONFIG_INVALID',
      `the limit on open files (ulimit -n) is ${String(descriptorsMax)}: ` +
        `expected at least ${String(least)}; raise it (ulimit -n, LimitNOFILE of systemd)`,
    );
  }
  const above = Math.min(limits.connectionsAboveMax, Math.floor(available / 2));
  const connectionsMax = Math.min(limits.connectionsMax, available - above);
  if (connectionsMax === limits.connectionsMax && above === limits.connectionsAboveMax) {
    return limits;
  }
  return { ...limits, connectionsMax, connectionsAboveMax: above };
}

/**
 * A warning about limits below the number of agencies: agencies that wait for the draw are then evicted
 * for those that load, and have to ask again.
 *
 * @returns null when every agency can have a place
 */
export function scarceLimits(
  { connectionsMax, connectionsPerAddressMax }: PeerLimits,
  agencies: number,
): Readonly<Record<string, number | string>> | null {
  if (Math.min(connectionsMax, connectionsPerAddressMax) >= agencies) return null;
  return {
    connections: connectionsMax,
    per_address: connectionsPerAddressMax,
    agencies,
    reason: 'fewer than agencies: those that wait for the draw give up their places and ask again',
  };
}
