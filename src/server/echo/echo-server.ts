/**
 * The echo server of the first exercises: it answers each line with the same line. It uses the
 * same selector and connections as the central, with lines in place of frames.
 *
 * The course's server took whatever one read returned for the message, and closed after its answer;
 * scripts around netcat rely on both. So after a short silence the input counts as a line, and the
 * connection is closed after the answer.
 */
import { systemClock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import type { LogDetails, Logger, LogResult } from '../../base/log/log';
import type { RunningServer } from '../../base/process';
import { Connection, type ConnectionListener } from '../../net/connection/connection';
import { Listener } from '../../net/listener';
import { Selector } from '../../net/selector';
import { SocketTransport } from '../../net/socket-transport';
import type { Transport } from '../../net/transport';
import type { ServerConfig } from '../config';
import { PeerLog } from '../log/peer-log';

const LF = 0x0a;

class EchoServer implements ConnectionListener {
  private readonly selector = new Selector(systemClock, () => {
    this.runTurn();
  });
  private nextId = 1;
  private stopping = false;
  private onEmpty: () => void = () => undefined;
  private cancelTick: () => void = () => undefined;
  private readonly log: PeerLog;

  constructor(private readonly logger: Logger) {
    this.log = new PeerLog(logger, systemClock);
  }

  start(): void {
    this.cancelTick = systemClock.after(LIMITS.echoTickMs, () => {
      this.reap();
      this.start();
    });
  }

  accept(transport: Transport): void {
    if (this.stopping || this.selector.size >= LIMITS.connectionsMax) {
      transport.destroy();
      return;
    }
    const connection = new Connection(this.nextId++, transport, this, () => systemClock.nowMs());
    this.selector.register(connection);
    const ip = connection.remoteAddress;
    this.note('accept_connections', 'success', ip, { ip });
    this.note('accept_connections', 'in_progress', ip);
  }

  /** The system names no peer of a connection that it did not accept. */
  acceptFailed({ message }: Error): void {
    this.note('accept_connections', 'fail', 'unaccepted', { error: message });
  }

  onReady(connection: Connection): void {
    this.selector.markReady(connection);
  }

  onClosed(connection: Connection): void {
    this.selector.unregister(connection);
    const ip = connection.remoteAddress;
    this.note('close_connection', 'success', ip, { ip });
    if (this.selector.size === 0) this.onEmpty();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelTick();
    this.logger.info('close_timer', 'success', { timer: 'deadlines' });
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      if (this.selector.size === 0) resolve();
      for (const connection of this.selector.connections()) {
        connection.finish();
        connection.destroyWhenSent();
      }
      systemClock.after(LIMITS.stopTimeoutMs, () => {
        for (const connection of this.selector.connections()) connection.destroy();
      });
    });
    this.log.close();
  }

  private runTurn(): void {
    if (this.stopping) return;
    for (const connection of this.selector.select()) {
      this.answer(connection);
      connection.flush();
      if (connection.unsentBytes > LIMITS.outputBytesPerConnectionMax) connection.destroy();
      connection.resumeInput();
    }
  }

  /** Answers whole lines; what comes before the end of the stream counts as one. */
  private answer(connection: Connection): void {
    const { input } = connection;
    for (let lines = 0; lines < LIMITS.framesPerConnectionPerTurnMax; lines++) {
      const lineFeed = input.indexOf(LF);
      const ended = connection.phase === 'draining';
      if (Math.max(lineFeed, lineFeed < 0 ? input.length : 0) > LIMITS.echoLineBytesMax) {
        this.refuse(connection);
        return;
      }
      if (lineFeed >= 0) this.echo(connection, input.take(lineFeed + 1));
      else {
        if (ended) this.finish(connection);
        return;
      }
    }
    this.selector.markReady(connection);
  }

  /** Answers the rest of the input, and closes. */
  private finish(connection: Connection): void {
    const { input } = connection;
    if (input.length > 0) this.echo(connection, input.take(input.length));
    connection.finish();
  }

  private echo(connection: Connection, line: Buffer): void {
    const msg = line.toString('utf8').trimEnd();
    const ip = connection.remoteAddress;
    this.logger.info('receive_message', 'success', { ip, msg });
    connection.send(Buffer.from(`${msg}\n`, 'utf8'));
  }

  private refuse(connection: Connection): void {
    const ip = connection.remoteAddress;
    this.note('receive_message', 'fail', ip, { ip, error: 'the line is too long' });
    connection.destroy();
  }

  /** A line whose number is limited; those of the messages that are answered are not. */
  private note(action: string, result: LogResult, address: string, details: LogDetails = {}): void {
    const level = result === 'fail' ? 'ERROR' : 'INFO';
    this.log.write({ level, action, result, details, peer: { address, agency: null } });
  }

  /** Finishes connections that are silent after input, or never sent any. */
  private reap(): void {
    const nowMs = systemClock.nowMs();
    for (const connection of this.selector.connections()) {
      const { endedMs, lastInputMs, openedMs } = connection;
      if (endedMs !== undefined) {
        if (nowMs - endedMs > LIMITS.lingerTimeoutMs) connection.destroy();
      } else if (lastInputMs > openedMs) {
        if (nowMs - lastInputMs > LIMITS.echoQuietMs) this.finish(connection);
      } else if (nowMs - openedMs > LIMITS.idleTimeoutMs) connection.destroy();
    }
  }
}

/** @throws LoteriaError LISTEN_FAILED */
export async function startEchoServer(
  config: ServerConfig,
  logger: Logger,
): Promise<RunningServer> {
  const echo = new EchoServer(logger);
  const listener = await Listener.open(
    { host: config.bindAddress, port: config.port, backlog: config.listenBacklog },
    (socket) => {
      echo.accept(new SocketTransport(socket));
    },
    (error) => {
      echo.acceptFailed(error);
    },
  );
  logger.info('listen', 'success', { ip: config.bindAddress, port: listener.port });
  logger.info('accept_connections', 'in_progress');
  echo.start();
  return {
    port: listener.port,
    stop: async () => {
      listener.close();
      logger.info('close_listener', 'success', { port: listener.port });
      await echo.stop();
    },
  };
}
