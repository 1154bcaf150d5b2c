/** An agency of a legacy central without sockets: each connection follows a script. */
import type { Clock } from '../../../src/base/clock';
import { LegacyClient } from '../../../src/client/legacy/legacy-client';
import type { CheckedBet } from '../../../src/client/csv/csv-bets';
import { Packer, type BetReader } from '../../../src/client/legacy/packer';
import { OneBet } from '../../../src/client/legacy/prepare';
import type { AgencyOutcome } from '../../../src/client/session/agency-action';
import type { BetText } from '../../../src/domain/bet-fields';
import type { AgencyDialect } from '../../../src/protocol/dialects/agency/agency-dialect';
import { FakeTransport } from './fake-transport';
import { recordingLogger } from './recording-sink';

/** What the central does once it has read so many more bytes. */
export interface ScriptedTurn {
  /** Bytes that the agency should send, all of them before the reply. */
  readonly expect: Buffer;
  /** `close`: hang up; `silence`: nothing at all. */
  readonly reply: Buffer | 'close' | 'silence';
}

/** One connection; `refused`: there is nobody. */
export type ScriptedConnection = readonly ScriptedTurn[] | 'refused';

export class BetList implements BetReader {
  readonly path = 'bets.csv';
  private at = 0;

  constructor(private readonly bets: readonly BetText[]) {}

  read(): CheckedBet | undefined {
    const bet = this.bets[this.at];
    if (bet === undefined) return undefined;
    this.at++;
    return { bet, line: this.at, bytes: 10 * this.at };
  }

  /** Like a file, it says late that there are no more. */
  async wait(): Promise<boolean> {
    await Promise.resolve();
    return this.at < this.bets.length;
  }

  close(): void {
    this.at = this.bets.length;
  }
}

/** A clock on which time passes when nothing else happens. */
class IdleClock implements Clock {
  time = 0;
  /** Delays that ran out, in order. */
  readonly waited: number[] = [];
  private timers: { readonly dueMs: number; readonly delayMs: number; task: () => void }[] = [];

  nowMs(): number {
    return this.time;
  }

  wallTimeMs(): number {
    return this.time;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.time + delayMs, delayMs, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  soon(task: () => void): void {
    this.after(0, task);
  }

  /** @returns whether there was a timer to run out */
  advance(): boolean {
    const next = this.timers.sort((a, b) => a.dueMs - b.dueMs).shift();
    if (next === undefined) return false;
    this.time = Math.max(this.time, next.dueMs);
    this.waited.push(next.delayMs);
    next.task();
    return true;
  }
}

export interface SceneOptions {
  readonly dialect: AgencyDialect;
  readonly bets: readonly BetText[];
  readonly script: readonly ScriptedConnection[];
  /** One bet, without an end of the bets and winners. */
  readonly single?: boolean;
  /** How to cut a reply into chunks. */
  readonly cut?: (reply: Buffer) => readonly Buffer[];
  readonly retryForMs?: number;
}

export interface SceneResult {
  /** What the agency ended with, and the winners that it received, in order. */
  readonly outcome: { readonly stored: number; readonly winners: readonly string[] | null } | null;
  readonly error: unknown;
  /** What was sent over each connection. */
  readonly sent: readonly Buffer[];
  /** Each write of each connection. */
  readonly writes: readonly (readonly Buffer[])[];
  readonly waited: readonly number[];
  readonly lines: readonly string[];
  readonly progress: readonly (readonly [number, number])[];
}

function whole(reply: Buffer): readonly Buffer[] {
  return [reply];
}

export async function playScript(options: SceneOptions): Promise<SceneResult> {
  const { dialect, bets, script, single = false, cut = whole } = options;
  const clock = new IdleClock();
  const transports: FakeTransport[] = [];
  const progress: (readonly [number, number])[] = [];
  const winners: string[] = [];
  const { logger, lines } = recordingLogger();
  const waiting = [...script];
  const [first] = bets;
  const reader = single && first !== undefined ? new OneBet(first) : new BetList(bets);
  const client = new LegacyClient({
    agency: 3,
    dialect,
    finish: !single,
    packer: new Packer(reader, dialect, !single),
    servers: [{ host: 'central', port: 1 }],
    dial: () => {
      const next = waiting.shift();
      if (next === undefined || next === 'refused')
        return Promise.reject<FakeTransport>(new Error('refused'));
      const transport = new ScriptedTransport(next, cut);
      transports.push(transport);
      return Promise.resolve(transport);
    },
    clock,
    random: () => 0,
    logger,
    retryForMs: options.retryForMs ?? 60_000,
    answerTimeoutMs: 30_000,
    busyRetryMs: 4_000,
    onProgress: (stored, bytes) => progress.push([stored, bytes]),
    onWinners: (documents) => winners.push(...documents),
  });
  const end = { outcome: null as AgencyOutcome | null, error: undefined as unknown, over: false };
  const isOver = (): boolean => end.over;
  client.run().then(
    (outcome) => Object.assign(end, { outcome, over: true }),
    (error: unknown) => Object.assign(end, { error, over: true }),
  );
  while (!isOver()) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isOver() && !clock.advance()) throw new Error('the agency waits for nothing');
  }
  const { outcome, error } = end;
  if (outcome !== null && (outcome.winners ?? 0) !== winners.length) throw new Error('miscounted');
  const sent = transports.map(({ written }) => Buffer.concat(written));
  const writes = transports.map(({ written }) => written);
  const received = outcome?.winners === null ? null : winners;
  const ended = outcome === null ? null : { stored: outcome.stored, winners: received };
  return { outcome: ended, error, sent, writes, waited: clock.waited, lines, progress };
}

/** Answers as scripted, some time after what it waits for was written. */
class ScriptedTransport extends FakeTransport {
  private turn = 0;
  private seen = 0;
  private closed = false;

  constructor(
    private readonly turns: readonly ScriptedTurn[],
    private readonly cut: (reply: Buffer) => readonly Buffer[],
  ) {
    super();
  }

  override write(bytes: Uint8Array): void {
    super.write(bytes);
    queueMicrotask(() => {
      this.answer();
    });
  }

  override destroy(): void {
    super.destroy();
    this.closed = true;
    queueMicrotask(() => {
      this.peer.onClose();
    });
  }

  override end(): void {
    super.end();
    this.closed = true;
  }

  private answer(): void {
    const next = this.turns[this.turn];
    const all = this.written.reduce((sum, { length }) => sum + length, 0);
    if (this.closed || next === undefined || all - this.seen < next.expect.length) return;
    this.seen += next.expect.length;
    this.turn++;
    if (next.reply === 'silence') return;
    if (next.reply === 'close') this.peer.onEnd();
    else for (const chunk of this.cut(next.reply)) this.peer.onData(chunk);
  }
}

/** One chunk for each byte. */
export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}
