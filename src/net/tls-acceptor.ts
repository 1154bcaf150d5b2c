/**
 * The handshakes of the central: takes accepted sockets, and hands on those whose peer has shown a
 * certificate of the right authority.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { LIMITS } from '../base/limits';
import { remoteAddressOf } from './socket-transport';
import { readableTlsError, type TlsCredentials } from './tls-files';

export interface TlsAcceptorOptions extends TlsCredentials {
  /** Lists of revoked certificates, in PEM; none: nothing was revoked. */
  readonly crl?: readonly string[];
  /** Called for each handshake that failed, with the peer's address and why. */
  readonly onFailure: (ip: string, reason: string) => void;
  /** Time for a whole handshake. */
  readonly handshakeTimeoutMs?: number;
  /** Handshakes at the same time; above it the oldest is dropped. */
  readonly handshakesMax?: number;
}

export class TlsAcceptor {
  private readonly server: Server;
  private readonly handshakesMax: number;
  /** Sockets whose handshake is under way, by their two ends. */
  private readonly handshakes = new Map<string, Socket>();

  /** @param onSocket called for each connection whose handshake has succeeded */
  constructor(options: TlsAcceptorOptions, onSocket: (socket: Socket) => void) {
    const { cert, key, ca, crl = [], onFailure } = options;
    this.handshakesMax = options.handshakesMax ?? LIMITS.tlsHandshakesMax;
    // It never listens: this is how Node adds TLS to connections that were accepted elsewhere.
    this.server = createServer({
      cert,
      key,
      ca,
      ...(crl.length === 0 ? {} : { crl: [...crl] }),
      minVersion: 'TLSv1.3',
      // Whoever resumes a session shows no certificate: it could have expired or been revoked. Without
      // tickets, and without a cache of sessions, each handshake is a whole one.
      secureOptions: constants.SSL_OP_NO_TICKET,
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: options.handshakeTimeoutMs ?? LIMITS.handshakeTimeoutMs,
    });
    this.server.on('secureConnection', (socket) => {
      this.handshakes.delete(endsOf(socket));
      onSocket(socket);
    });
    this.server.on('tlsClientError', (error, socket) => {
      // Node leaves a socket that was too slow open.
      socket.destroy();
      onFailure(addressOf(socket), reasonOf(error, socket));
    });
  }

  /** Takes over an accepted socket. */
  accept(socket: Socket): void {
    if (this.handshakes.size >= this.handshakesMax) this.dropOldest();
    const ends = endsOf(socket);
    this.handshakes.set(ends, socket);
    socket.once('close', () => {
      if (this.handshakes.get(ends) === socket) this.handshakes.delete(ends);
    });
    this.server.emit('connection', socket);
  }

  /** An honest handshake is short: in a flood the oldest one is the least likely to be honest. */
  private dropOldest(): void {
    for (const [ends, socket] of this.handshakes) {
      this.handshakes.delete(ends);
      socket.destroy();
      return;
    }
  }

  /** Drops the connections whose handshake is under way. */
  close(): void {
    for (const socket of this.handshakes.values()) socket.destroy();
  }
}

/** The same for an accepted socket and the TLS socket around it. */
function endsOf(socket: Socket): string {
  const { remoteAddress, remotePort, localAddress } = socket;
  return `${String(remoteAddress)} ${String(remotePort)} ${String(localAddress)}`;
}

function addressOf(socket: TLSSocket): string {
  // A TLS socket that is closed has forgotten its peer; the one inside remembers it.
  const { _parent: inner } = socket as { _parent?: Socket };
  return remoteAddressOf(inner ?? socket);
}

function reasonOf(error: Error, socket: TLSSocket): string {
  // Typed as an error, on this side it is the name of one: CERT_HAS_EXPIRED.
  const refusal = socket.authorizationError as unknown;
  return typeof refusal === 'string' ? refusal : readableTlsError(error).message;
}
