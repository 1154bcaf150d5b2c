/** The board's HTTP server: bounded in connections, headers, time and viewers. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { addressText } from '../base/address-list';
import type { Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import { present } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log/log';
import { listenError } from '../net/listener';
import { LoopDelay } from '../telemetry/loop-delay';
import { readAssets } from './assets';
import { createBoardApp } from './board-app';
import { BoardFeed } from './board-feed';
import { Metrics } from './metrics';
import { Sampler } from './sampler';
import type { BoardSource } from './source';
import { Viewers } from './viewers';

/** Where the build puts the page, wherever this code runs from: the bundle, its own file, or the source. */
const PAGE_DIRECTORY = join(__dirname, '..', '..', 'dist', 'board');

/** What is set of a board. */
export interface BoardConfig {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Names by which the board may be called, beside those of the machine itself; in lower case. */
  readonly hosts: readonly string[];
  /** Shows documents of winners; null: nobody may see them. */
  readonly token: string | null;
  /** Whether metrics have a label for each agency. */
  readonly agencyMetrics: boolean;
}

export interface BoardOptions extends BoardConfig {
  readonly source: BoardSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the program. */
  readonly version: string;
}

export interface Board {
  readonly port: number;
  close(): void;
}

/** @throws LoteriaError LISTEN_FAILED; errors of the file system for a page that cannot be read */
export async function openBoard(options: BoardOptions): Promise<Board> {
  const { source, clock, logger, version, address } = options;
  const assets = readAssets(PAGE_DIRECTORY);
  const loopDelay = new LoopDelay();
  const viewers = new Viewers();
  const feed = new BoardFeed(source, new Sampler(source.telemetry, loopDelay, clock), {
    version,
    hasToken: options.token !== null,
  });
  const metrics = new Metrics({ ...options, loopDelay, viewers });
  const onError = (error: unknown): void => {
    logger.error('board', 'fail', { reason: messageOf(error) });
  };
  const app = createBoardApp({
    ...{ ...options, feed, viewers, assets, onError },
    metrics: () => metrics.text(),
  });
  const server = serverOf(app, onError);
  try {
    const port = await listen(server, address, options.port, onError);
    const cancel = everySecond(clock, onError, () => {
      metrics.tick();
      viewers.publish(feed.tick(viewers.count), () => feed.encoded());
    });
    const url = `http://${addressText({ host: address, port })}/`;
    logger.info('board', 'success', { url, port });
    return {
      port,
      close: () => {
        cancel();
        loopDelay.close();
        viewers.close();
        server.close();
        server.closeAllConnections();
        logger.info('close_board', 'success', { port });
      },
    };
  } catch (error) {
    loopDelay.close();
    throw error;
  }
}

function serverOf(
  app: Pick<ReturnType<typeof createBoardApp>, 'fetch'>,
  onError: (error: unknown) => void,
): Server {
  const answer = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const server = createServer(
    {
      maxHeaderSize: LIMITS.boardHeaderBytesMax,
      headersTimeout: LIMITS.boardRequestTimeoutMs,
      requestTimeout: LIMITS.boardRequestTimeoutMs,
      keepAliveTimeout: LIMITS.boardRequestTimeoutMs,
      connectionsCheckingInterval: LIMITS.boardConnectionsCheckMs,
    },
    oneByOne((request, response) => {
      // A rejected promise would end the central.
      answer(request, response).catch(onError);
    }),
  );
  // Of a peer that neither sends nor reads; viewers get an event a second.
  server.timeout = LIMITS.boardRequestTimeoutMs;
  server.maxConnections = LIMITS.boardConnectionsMax;
  server.on('clientError', refuseBadRequest);
  return server;
}

/** An error in a tick is logged: the central goes on without it. */
function everySecond(
  clock: Clock,
  onError: (error: unknown) => void,
  task: () => void,
): () => void {
  let cancel: () => void;
  const next = (): void => {
    cancel = clock.after(LIMITS.boardTickMs, () => {
      next();
      try {
        task();
      } catch (error) {
        onError(error);
      }
    });
  };
  next();
  return () => {
    cancel();
  };
}

function listen(
  server: Server,
  host: string,
  port: number,
  onError: (error: unknown) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(listenError('the board cannot listen', host, port, error));
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      server.on('error', onError);
      const bound = present(server.address(), 'a listening server has an address') as AddressInfo;
      resolve(bound.port);
    });
  });
}

/**
 * Closes a connection that sends a request before the last one is answered. No browser does; thousands in
 * one packet would all be answered before any agency is.
 */
function oneByOne(answer: RequestListener): RequestListener {
  const busy = new WeakSet<Socket>();
  return (request, response) => {
    const { socket } = request;
    if (busy.has(socket)) {
      socket.destroy();
      return;
    }
    busy.add(socket);
    response.once('close', () => {
      busy.delete(socket);
    });
    answer(request, response);
  };
}

/** Bytes that are no request, or come too slowly. */
function refuseBadRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  // A peer that does not read gets no answer: it would be waited for.
  if (!socket.writable || socket.writableLength > 0 || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => {
    socket.destroy();
  });
}

const STATUS_OF: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};
