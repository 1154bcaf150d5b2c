/** The central's connections: how many, what they buffer, and how long a peer may take. */
import { invariant } from '../invariant';
import { KIB, MIB } from './units';

export const CONNECTION_LIMITS = {
  connectionsMax: 16_384,
  /** Connections of one address; generous, since the agencies of one machine share theirs. */
  connectionsPerAddressMax: 12_288,
  /** Descriptors reserved for files, pipes and threads. */
  descriptorsReservedMin: 64,
  /** Connections without a place: candidates, and those being sent BUSY. */
  connectionsAboveMax: 256,
  /** The least of the same where descriptors are few. */
  connectionsAboveMin: 4,
  /** Eighths of the same for candidates, and for displaced ones that are being sent BUSY. */
  candidatesEighthsMax: 4,
  notifiedCandidatesEighthsMax: 3,
  /** Connections with a request each that an agency of `opcode` keeps when places are needed. */
  sharedConnectionsMax: 4,
  /** Connections whose TLS handshake is under way. */
  tlsHandshakesMax: 1024,
  /** Where there are few descriptors, one of so many may be taken by a handshake. */
  descriptorsPerTlsHandshakeMin: 4,
  /** Messages of an unauthenticated peer that are rejected before its connection is closed. */
  unauthenticatedRejectsMax: 16,
  /** Addresses of which rejected bets are remembered that name no agency; the oldest is forgotten. */
  unattributedAddressesMax: 1_024,
  /** How often such bets may keep an agency from being finished. */
  unattributedRefusalsMax: 3,

  /** Bytes received and not yet decoded; above it the socket is paused. */
  inputBytesPerConnectionMax: 128 * KIB,
  /** The same, for connections that speak a legacy dialect. */
  dialectInputBytesMax: MIB + 128 * KIB,
  /** The same over all connections; above it nothing is read, and unfinished frames are shed. */
  inputBytesTotalMax: 64 * MIB,
  /** Chunks kept for an incomplete frame before they are joined: tiny chunks cost more than bytes. */
  inputChunksPerConnectionMax: 16,
  /** Bytes sent and not yet taken by the peer; above it no more of its commands are read. */
  outputBytesUnreadMax: 64 * KIB,
  /** The same; above it the connection is dropped. */
  outputBytesPerConnectionMax: 256 * KIB,
  /** The same over all connections; above it only peers without unread replies are read. */
  outputBytesTotalMax: 64 * MIB,

  /** Silence after which an unauthenticated or idle peer may be evicted. */
  unauthenticatedGraceMs: 1_000,
  handshakeTimeoutMs: 10_000,
  frameTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  /** Time in which a peer may read nothing of its replies. */
  unreadTimeoutMs: 30_000,
  /** Checks within that time of how much the peer's system has taken. */
  unreadChecksMin: 4,
  /** Pause between two such checks, each of which reads a table of all connections. */
  unreadCheckPauseMsMin: 1_000,
  /** Silence after which TCP keep-alive probes the peer. */
  keepAliveMs: 60_000,
  /** Time for a last reply to reach the peer after the central has ended the connection. */
  lingerTimeoutMs: 2_000,
  /** Time for the last bytes to leave when the central stops. */
  stopTimeoutMs: 500,
  /** Pause between two NOT_YET to an agency whose query is held. */
  heldQueryHeartbeatMs: 5_000,
  /** What a rejected or waiting agency is asked to pause. */
  busyRetryMs: 1_000,
  notYetRetryMs: 1_000,
  /** How often deadlines are checked. */
  deadlineTickMs: 250,
  echoTickMs: 100,
};

invariant(
  CONNECTION_LIMITS.inputBytesTotalMax >= 16 * CONNECTION_LIMITS.inputBytesPerConnectionMax,
  'a few connections must not use up the input of all',
);
invariant(
  CONNECTION_LIMITS.outputBytesTotalMax >= 16 * CONNECTION_LIMITS.outputBytesPerConnectionMax,
  'a few peers that do not read must not use up the output of all',
);
invariant(
  CONNECTION_LIMITS.connectionsPerAddressMax < CONNECTION_LIMITS.connectionsMax,
  'one address must not be able to take every place',
);
invariant(
  CONNECTION_LIMITS.candidatesEighthsMax + CONNECTION_LIMITS.notifiedCandidatesEighthsMax < 8,
  'some connections must be left to be closed without a reply',
);
invariant(
  CONNECTION_LIMITS.unauthenticatedGraceMs < CONNECTION_LIMITS.handshakeTimeoutMs,
  'a new peer must have some time before it may be evicted',
);
