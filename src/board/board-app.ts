/** What the board answers to which request. It only reads: no request changes anything. */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { LIMITS } from '../base/limits';
import { hasToken, isOfOtherSite, isOwnHost } from './access';
import type { Asset } from './assets';
import type { BoardFeed } from './board-feed';
import type { BoardSource, StoredActa } from './source';
import type { Viewers } from './viewers';

export interface BoardAppOptions {
  readonly source: Pick<BoardSource, 'acta' | 'winners' | 'isReady'>;
  readonly feed: Pick<BoardFeed, 'json' | 'encoded'>;
  readonly viewers: Viewers;
  /** The page, by path; none: it is not built. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Names by which the board may be called, beside those of the machine itself. */
  readonly hosts: readonly string[];
  /** Null: nobody may see documents. */
  readonly token: string | null;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly onError: (error: Error) => void;
}

interface Env {
  readonly Bindings: HttpBindings;
}

/** Codes of errors that the board answers with. */
export type BoardErrorCode =
  | 'BAD_REQUEST'
  | 'CROSS_SITE'
  | 'FAILED'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_AUTHORISED'
  | 'NOT_DRAWN'
  | 'NOT_FOUND'
  | 'NOT_READY'
  | 'OTHER_DRAW'
  | 'PAGE_MISSING'
  | 'TOO_MANY_VIEWERS'
  | 'WRONG_HOST';

/** With every answer. There is no HSTS: the board speaks plain HTTP. */
const SECURE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * The board's routes. Requests for another host, from pages of other sites, and with methods other than GET and
 * HEAD are refused before any route sees them; every answer has {@link SECURE_HEADERS}.
 */
export function createBoardApp(options: BoardAppOptions): Hono<Env> {
  const { source, feed } = options;
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(SECURE_HEADERS)) context.header(name, value);
    const refusal = refusalOf(context, options.hosts);
    if (refusal !== null) return refusal;
    await next();
    return undefined;
  });
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    if (source.isReady()) return context.text('ready\n');
    return failure(context, 503, 'NOT_READY', 'the central is starting, or shutting down');
  });
  app.get('/metrics', async (context) => {
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return context.body(await options.metrics(), 200, { ...headers, 'cache-control': 'no-store' });
  });
  app.get('/status', (context) => json(context, feed.json()));
  app.get('/events', (context) => streamEvents(context, options));
  app.get('/acta.json', (context) => answerActa(context, source.acta()));
  app.get('/winners/:agency{[0-9]{1,5}}', (context) => answerWinners(context, options));
  app.get('*', (context) => serveAsset(context, options.assets));
  app.onError((error, context) => {
    options.onError(error);
    return failure(context, 500, 'FAILED', 'the board failed; the log of the central says why');
  });
  return app;
}

function refusalOf(context: Context<Env>, hosts: readonly string[]): Response | null {
  if (!isOwnHost(context.req.header('host'), hosts)) {
    return failure(context, 421, 'WRONG_HOST', 'this host name is not one of BOARD_HOSTS');
  }
  const { method } = context.req;
  if (isOfOtherSite(context.req.header('sec-fetch-site'), context.req.header('sec-fetch-dest'))) {
    return failure(context, 403, 'CROSS_SITE', 'the board answers no page of another site');
  }
  if (method === 'GET' || method === 'HEAD') return null;
  context.header('allow', 'GET, HEAD');
  return failure(context, 405, 'METHOD_NOT_ALLOWED', 'the board only reads: GET and HEAD');
}

function failure(
  context: Context<Env>,
  status: ContentfulStatusCode,
  code: BoardErrorCode,
  message: string,
): Response {
  return context.json({ code, message }, status, { 'cache-control': 'no-store' });
}

function json(context: Context<Env>, text: string): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return context.body(text, 200, headers);
}

/** Hands the response over to the viewers: they write to it as long as it is open. */
function streamEvents(context: Context<Env>, { feed, viewers }: BoardAppOptions): Response {
  if (viewers.isFull) {
    context.header('retry-after', String(LIMITS.boardRetryAfterMs / 1_000));
    return failure(context, 503, 'TOO_MANY_VIEWERS', 'the board has as many viewers as it may');
  }
  const type = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
  if (context.req.method === 'HEAD') return context.body(null, 200, type);
  const { outgoing } = context.env;
  for (const [name, value] of Object.entries({ ...SECURE_HEADERS, ...type })) {
    outgoing.setHeader(name, value);
  }
  outgoing.writeHead(200);
  const remove = viewers.add(outgoing, feed.encoded());
  outgoing.on('close', remove);
  outgoing.on('error', remove);
  return RESPONSE_ALREADY_SENT;
}

/** Who names a draw gets no other one's acta: another central may serve at the same address by now. */
function answerActa(context: Context<Env>, acta: StoredActa | null): Response {
  if (acta === null) return failure(context, 404, 'NOT_DRAWN', 'there is no acta yet');
  const { drawId, text } = acta;
  if ((context.req.query('draw') ?? drawId) === drawId) return json(context, text);
  return failure(context, 409, 'OTHER_DRAW', `the draw of this central is ${drawId}`);
}

async function answerWinners(
  context: Context<Env>,
  { source, token }: BoardAppOptions,
): Promise<Response> {
  if (!hasToken(context.req.header('authorization'), token)) {
    context.header('www-authenticate', 'Bearer');
    const text = token === null ? 'the board has no token' : 'the token is missing or wrong';
    return failure(context, 401, 'NOT_AUTHORISED', text);
  }
  const first = context.req.query('first') ?? '0';
  if (!/^\d{1,9}$/.test(first)) {
    return failure(context, 400, 'BAD_REQUEST', 'first: expected a whole number, 0 or above');
  }
  const page = await source.winners(Number(context.req.param('agency')), Number(first));
  if (page !== null) return json(context, JSON.stringify(page));
  return failure(context, 404, 'NOT_DRAWN', 'there is no such agency, or no draw yet');
}

function serveAsset(context: Context<Env>, assets: ReadonlyMap<string, Asset>): Response {
  if (assets.size === 0 && context.req.path === '/') {
    const text = 'the page is not built: run `make build`; /status and /metrics work without it';
    return failure(context, 503, 'PAGE_MISSING', text);
  }
  const asset = assets.get(context.req.path);
  if (asset === undefined) return failure(context, 404, 'NOT_FOUND', 'there is nothing here');
  const takesGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return context.body(takesGzip ? asset.gzipped : asset.bytes, 200, {
    'content-type': asset.type,
    'cache-control': asset.isImmutable ? 'max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(takesGzip ? { 'content-encoding': 'gzip' } : {}),
  });
}
