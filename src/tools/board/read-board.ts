/** Asks a central's live board for what it shows. */
import { isIPv4 } from 'node:net';
import * as v from 'valibot';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { STORE_KINDS } from '../../store/store-kind';

const count = v.pipe(v.number(), v.minValue(0));
const text = v.string();

const STATE = v.object({
  phase: v.picklist(['loading', 'salt', 'drawing', 'drawn']),
  edition: text,
  // A central of an older version does not say.
  store: v.optional(v.picklist(STORE_KINDS), 'directory'),
  expected: count,
  finished: count,
  waiting: count,
  bets: count,
  startedMs: count,
  upMs: v.optional(count),
  stopping: v.boolean(),
  // A central of an older version does not say.
  salt: v.optional(v.nullable(v.object({ source: text, recordCommand: text })), null),
  draw: v.nullable(
    v.object({
      winningNumber: count,
      winners: count,
      betsDigest: v.nullable(text),
      actaError: v.optional(v.nullable(text), null),
      verifyCommand: text,
    }),
  ),
});

const AGENCY = v.object({
  agency: count,
  stored: count,
  inFlight: count,
  rejected: count,
  finished: v.boolean(),
  connection: text,
  reconnects: count,
  // A central of an older version does not say.
  connections: v.optional(count, 0),
  lastError: text,
  winners: v.nullable(count),
});

const SAMPLE = v.object({
  seconds: count,
  bets: count,
  rejects: count,
  commits: count,
  groupEntries: count,
  commitP50Ms: v.optional(count, 0),
  commitP99Ms: v.optional(count, 0),
  syncs: v.optional(count, 0),
  syncP50Ms: count,
  syncP99Ms: count,
  loopDelayP99Ms: count,
  parsedInline: count,
  parsedPooled: count,
  rssBytes: count,
  connections: count,
});

const STATUS = v.object({
  version: text,
  state: STATE,
  agencies: v.pipe(v.array(AGENCY), v.readonly()),
  samples: v.pipe(v.array(SAMPLE), v.readonly()),
});

/** What is shown of a board's answer. */
export type BoardStatus = v.InferOutput<typeof STATUS>;
export type StatusAgency = v.InferOutput<typeof AGENCY>;
export type StatusSample = v.InferOutput<typeof SAMPLE>;

/**
 * The address of a board, from what people type: `8080`, `central:8080`, `http://central:8080/`.
 *
 * @throws LoteriaError USAGE
 */
export function boardUrl(typed: string): URL {
  const whole = /^\d{1,5}$/.test(typed) ? `127.0.0.1:${typed}` : typed;
  const address = /^https?:\/\//.test(whole) ? whole : `http://${whole}`;
  if (URL.canParse(address)) {
    const url = new URL(address);
    const isRoot = url.pathname === '/' && url.search === '' && url.hash === '';
    if (isRoot && !isNumberAsHost(typed, url)) return url;
  }
  throw new LoteriaError(
    'USAGE',
    `"${typed}" is no address of a board: expected a port, host:port or http://host:port/`,
  );
}

/** `12345678` is no port, and a URL would take it for the host 0.188.97.78. */
function isNumberAsHost(typed: string, { hostname }: URL): boolean {
  return isIPv4(hostname) && !typed.includes('.') && !/^\d{1,5}$/.test(typed);
}

export interface BoardAnswer {
  readonly status: BoardStatus;
  /** All of it, as JSON says it. */
  readonly whole: unknown;
}

/** @throws LoteriaError BOARD_UNREACHABLE */
export async function readBoard(url: URL): Promise<BoardAnswer> {
  const fail = (reason: string): LoteriaError =>
    new LoteriaError(
      'BOARD_UNREACHABLE',
      `${url.href}: no board answers: ${reason}; does a central run there, with BOARD_PORT set?`,
    );
  let whole: unknown;
  try {
    const signal = AbortSignal.timeout(LIMITS.boardAnswerTimeoutMs);
    const response = await fetch(new URL('/status', url), { signal });
    if (!response.ok) throw new Error(`HTTP status ${String(response.status)}`);
    whole = JSON.parse(await readBody(response));
  } catch (error) {
    throw fail(reasonOf(error));
  }
  const result = v.safeParse(STATUS, whole);
  if (result.success) return { status: result.output, whole };
  throw fail(
    `what answers is no board: ${v.getDotPath(result.issues[0]) ?? 'its answer'} is wrong`,
  );
}

/** The body, unless it is longer than any board's. */
async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > LIMITS.boardAnswerBytesMax) throw new Error('the answer is too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` hides the reason behind "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return messageOf(error);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return messageOf(cause) || code;
}
