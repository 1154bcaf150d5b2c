/** Where the central listens: its own port, and one for each legacy dialect. */
import { systemClock } from '../../base/clock';
import type { Logger } from '../../base/log/log';
import { Listener } from '../../net/listener';
import { SocketTransport } from '../../net/socket-transport';
import type { Transport } from '../../net/transport';
import type { ServerCodec } from '../../protocol/commands';
import { CREATE_CODEC } from '../../protocol/dialects/dialects';
import type { ServerConfig } from '../config';
import type { PeerName } from '../log/line-limiter';
import { PeerLog, type LogLine } from '../log/peer-log';
import { warnIfExposed, type Security } from './security';

type CreateCodec = () => ServerCodec;

export interface Listeners {
  /** The main port. */
  readonly port: number;
  /** Closes all of them, with a log line each. */
  close(): void;
}

/** The system names no peer of a connection that it did not accept. */
const UNACCEPTED: PeerName = { address: 'unaccepted', agency: null };

interface PortSpec {
  readonly port: number;
  /** Whether it uses TLS if configured: legacy agencies cannot. */
  readonly takesTls: boolean;
  /** The codec of the port; undefined: that of the main port. */
  readonly createCodec: CreateCodec | undefined;
  /** Further details for the log. */
  readonly details: Readonly<Record<string, string>>;
}

export interface ListenersOptions {
  readonly config: ServerConfig;
  readonly security: Security;
  /** Connections that there may be, all ports together, besides TLS handshakes. */
  readonly connectionsMax: number;
  /** TLS handshakes at the same time; 0 without TLS. */
  readonly handshakesMax: number;
  /** Gets every log line about peers. */
  readonly onLine?: (line: LogLine) => void;
}

/**
 * @param accept takes over a connection and its codec
 * @throws LoteriaError LISTEN_FAILED; then every listener is closed
 */
export async function openListeners(
  { config, security, connectionsMax: peersMax, handshakesMax, onLine }: ListenersOptions,
  logger: Logger,
  accept: (transport: Transport, createCodec: CreateCodec | undefined) => void,
): Promise<Listeners> {
  const opened: { readonly listener: Listener; readonly spec: PortSpec }[] = [];
  const host = config.bindAddress;
  const backlog = config.listenBacklog;
  const log = new PeerLog(logger, systemClock, onLine);
  const onFailure = (ip: string, reason: string): void => {
    noteTlsFailure(log, ip, reason);
  };
  const connectionsMax = peersMax + handshakesMax;
  const credentials = security.tls === null ? null : { ...security.tls, onFailure, handshakesMax };
  const close = (): void => {
    for (const { listener, spec } of opened.splice(0)) {
      listener.close();
      logger.info('close_listener', 'success', { ...spec.details, port: listener.port });
    }
    log.close();
  };
  try {
    for (const spec of portsOf(config)) {
      const tls = spec.takesTls ? credentials : null;
      const listener = await Listener.open(
        { host, port: spec.port, backlog, tls, connectionsMax },
        (socket) => {
          accept(new SocketTransport(socket), spec.createCodec);
        },
        (error) => {
          noteAcceptFailure(log, error);
        },
      );
      if (security.isOpen && opened.length === 0)
        warnIfExposed(logger, listener.address, config.trustedNetworks);
      opened.push({ listener, spec });
      logger.info('listen', 'success', { ...spec.details, ip: host, port: listener.port });
    }
  } catch (error) {
    close();
    throw error;
  }
  return { port: opened[0]?.listener.port ?? config.port, close };
}

function noteTlsFailure(log: PeerLog, ip: string, reason: string): void {
  const peer = { address: ip, agency: null };
  log.write({ level: 'WARNING', action: 'tls', result: 'fail', details: { ip, reason }, peer });
}

function noteAcceptFailure(log: PeerLog, { message }: Error): void {
  const action = 'accept_connections';
  const details = { error: message };
  log.write({ level: 'WARNING', action, result: 'fail', details, peer: UNACCEPTED });
}

function portsOf({ port, dialectPorts }: ServerConfig): PortSpec[] {
  const main: PortSpec = { port, takesTls: true, createCodec: undefined, details: {} };
  const others = dialectPorts.map(({ dialect, port: number }) => {
    const createCodec = CREATE_CODEC[dialect];
    return { port: number, takesTls: false, createCodec, details: { dialect } };
  });
  return [main, ...others];
}
