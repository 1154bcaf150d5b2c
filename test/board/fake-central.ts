/** Serves the built page with the events of an invented lottery, as a central would. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { DeltaEvent, DrawResult, FullEvent } from '../../src/board/feed';

const PAGE = join(__dirname, '../../dist/board');
export const TOKEN = 'a-token-of-the-board';

export const DOCUMENTS: readonly string[] = ['30111222', '28444555', '31999000'];
const DOCUMENTS_AT_A_TIME = 2;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The policy that the page must work under. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the page is shown. */
export interface Show {
  /** How long the first event of each viewer takes to arrive; undefined: no time. */
  readonly fullDelayMs?: number;
  full(): FullEvent;
  next(): DeltaEvent;
}

export interface FakeCentral {
  readonly url: string;
  readonly port: number;
  /** A second passes: every viewer gets what has changed. */
  tick(): void;
  /** Drops all viewers, and takes no more. */
  refuseViewers(): void;
  /** Drops all viewers, and everybody who asks for events, without an answer; it answers everything else. */
  loseViewers(): void;
  /** Loses all connections, and takes no new ones. */
  stop(): Promise<void>;
}

/** @param port 0: one that is free */
export async function startFakeCentral(show: Show, port = 0): Promise<FakeCentral> {
  const viewers = new Set<ServerResponse>();
  let viewing: 'served' | 'refused' | 'lost' = 'served';
  const server = createServer((request, response) => {
    if (viewing === 'lost' && request.url === '/events') response.destroy();
    else if (viewing === 'refused' && request.url === '/events') {
      response.statusCode = 503;
      response.end('too many viewers\n');
    } else answer(request, response, show, viewers);
  });
  const listening = await listen(server, port);
  return {
    url: `http://127.0.0.1:${String(listening)}/`,
    port: listening,
    tick: () => {
      const event = show.next();
      for (const viewer of viewers) send(viewer, 'delta', event);
    },
    refuseViewers: () => {
      viewing = 'refused';
      for (const viewer of viewers) viewer.destroy();
    },
    loseViewers: () => {
      viewing = 'lost';
      for (const viewer of viewers) viewer.destroy();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  show: Show,
  viewers: Set<ServerResponse>,
): void {
  const path = request.url ?? '/';
  response.setHeader('content-security-policy', POLICY);
  if (path === '/events') {
    response.setHeader('content-type', 'text/event-stream');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    setTimeout(() => {
      send(response, 'full', show.full());
      viewers.add(response);
    }, show.fullDelayMs ?? 0);
    response.once('close', () => viewers.delete(response));
  } else if (path === '/healthz') response.end('ok\n');
  else if (path.startsWith('/acta.json')) answerActa(path, response, show.full().state.draw);
  else if (path.startsWith('/winners/')) {
    answerWinners(path, request.headers.authorization, response, show.full().state.draw?.id);
  } else serveFile(path === '/' ? '/index.html' : path, response);
}

function answerActa(path: string, response: ServerResponse, draw: DrawResult | null): void {
  const wanted = new URL(path, 'http://localhost').searchParams.get('draw');
  response.statusCode = (wanted ?? draw?.id) === draw?.id ? 200 : 409;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(response.statusCode === 200 ? draw : { code: 'OTHER_DRAW' }));
}

/** Some documents at a time. */
function answerWinners(
  path: string,
  authorization: string | undefined,
  response: ServerResponse,
  drawId = '',
): void {
  if (authorization !== `Bearer ${TOKEN}`) {
    response.statusCode = 401;
    response.end();
    return;
  }
  const first = Number(new URL(path, 'http://localhost').searchParams.get('first'));
  const documents = DOCUMENTS.slice(first, first + DOCUMENTS_AT_A_TIME);
  response.end(JSON.stringify({ drawId, total: DOCUMENTS.length, first, documents }));
}

function serveFile(path: string, response: ServerResponse): void {
  const file = join(PAGE, path);
  const type = TYPES[extname(file)];
  if (type === undefined || path.includes('..') || !existsSync(file)) {
    response.statusCode = 404;
    response.end('not found\n');
    return;
  }
  response.setHeader('content-type', type);
  response.end(readFileSync(file));
}

function send(viewer: ServerResponse, name: string, event: FullEvent | DeltaEvent): void {
  viewer.write(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`);
}
