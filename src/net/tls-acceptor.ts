/**
 * TLS handshakes of the central: takes accepted sockets, and passes on those whose peer has presented a
 * certificate of a trusted authority.
 */
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';
import { remoteAddressOf } from './socket-transport';
import { readableTlsError, type TlsCredentials } from './tls-files';

export interface TlsAcceptorOptions extends TlsCredentials {
  /** Lists of revoked certificates, in PEM; none: nothing was revoked. */
  readonly crl?: readonly string[];
  /** Called for each failed handshake, with the peer's address and the reason. */
  readonly onFailure: (ip: string, reason: string) => void;
  /** Deadline of a handshake. */
  readonly handshakeTimeoutMs?: number;
  /** Concurrent handshakes; above it the oldest is dropped. */
  readonly handshakesMax?: number;
}

export class TlsAcceptor {
  private readonly server: Server;
  private readonly handshakesMax: number;
  /** Sockets in their handshake, by their two ends. */
  private readonly handshakes = new Map<string, Socket>();

  /** @param onSocket called for each connection whose handshake has succeeded */
  constructor(options: TlsAcceptorOptions, onSocket: (socket: Socket) => void) {
    const { cert, key, ca, crl = [], onFailure } = options;
    this.handshakesMax = options.handshakesMax ?? LIMITS.tlsHandshakesMax;
    const { constants } = nodeCrypto();
    // It never listens: Node adds TLS to connections accepted elsewhere in this way.
    this.server = process.getBuiltinModule('node:tls').createServer({
      cert,
      key,
      ca,
      ...(crl.length === 0 ? {} : { crl: [...crl] }),
      minVersion: 'TLSv1.3',
      // A resumed session presents no certificate, which could have expired or been revoked. Without
      // tickets and session cache, each handshake is a full one.
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
      // Node does not close a socket that was too slow.
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

  /** Honest handshakes are short: in a flood the oldest one is the least likely to be honest. */
  private dropOldest(): void {
    for (const [ends, socket] of this.handshakes) {
      this.handshakes.delete(ends);
      socket.destroy();
      return;
    }
  }

  /** Drops all connections in their handshake. */
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
  // A closed TLS socket has lost its peer's address; the socket inside still has it.
  const { _parent: inner } = socket as { _parent?: Socket };
  return remoteAddressOf(inner ?? socket);
}

function reasonOf(error: Error, socket: TLSSocket): string {
  // The type claims an error; on this side it is an error name: CERT_HAS_EXPIRED.
  const refusal = socket.authorizationError as unknown;
  return typeof refusal === 'string' ? refusal : readableTlsError(error).message;
}
