/**
 * What the turns of the central do, and how long: the stage that the event loop is in, and a ring of
 * the last turns. Recording one allocates nothing.
 */
import type { Clock } from '../base/clock';
import { LIMITS } from '../base/limits';

/** What the main thread is busy with. */
export const STAGES = ['idle', 'read', 'parse', 'step', 'commit', 'reply', 'reap'] as const;
export type Stage = (typeof STAGES)[number];

/** What the central reports about its turns. */
export interface TurnObserver {
  /** A turn begins, with its read. @param ready connections that have input */
  begin(ready: number): void;
  /** @param frames whole messages that were read */
  read(frames: number): void;
  /** The main thread goes on with another stage. @returns the stage before */
  enter(stage: Stage): Stage;
  /** @param count replies that were sent */
  replied(count: number): void;
}

/** For a central whose turns are not measured. */
export const NO_TURNS: TurnObserver = {
  begin: () => undefined,
  read: () => undefined,
  enter: () => 'idle',
  replied: () => undefined,
};

/** One turn. Times are in milliseconds; those of the stages leave out what other stages took. */
export interface TurnRecord {
  /** Counts turns, from 1. */
  turn: number;
  /** On the clock that only goes forward. */
  startMs: number;
  ready: number;
  frames: number;
  rows: number;
  rowBytes: number;
  /** Time in worker threads, from dispatch to result; 0: they were not used. */
  pooledMs: number;
  /** Entries that became durable. */
  committed: number;
  /** From handing them to the store until they were durable. */
  commitMs: number;
  replies: number;
  readMs: number;
  parseMs: number;
  stepMs: number;
  /** Time of the main thread for commits: it writes, and the disk syncs meanwhile. */
  writeMs: number;
  replyMs: number;
  reapMs: number;
}

const TIME_OF = {
  read: 'readMs',
  parse: 'parseMs',
  step: 'stepMs',
  commit: 'writeMs',
  reply: 'replyMs',
  reap: 'reapMs',
} as const satisfies Record<Exclude<Stage, 'idle'>, keyof TurnRecord>;

/** What kept the event loop busy in a turn. */
export function busyMsOf(turn: Readonly<TurnRecord>): number {
  return turn.readMs + turn.parseMs + turn.stepMs + turn.writeMs + turn.replyMs + turn.reapMs;
}

export class Turns implements TurnObserver {
  /** Turns so far, and those that were slow. */
  count = 0;
  slow = 0;
  /** Milliseconds of the main thread in each stage. */
  readonly stageMs: Readonly<Record<Stage, number>>;

  private readonly times: Record<Stage, number>;
  private readonly ring: TurnRecord[];
  private readonly slowestTurn = emptyRecord();
  /** Turns that are closed; the last ones are in the ring. */
  private closed = 0;
  private current = emptyRecord();
  private isOpen = false;
  private stage: Stage = 'idle';
  private stageSinceMs: number;

  constructor(private readonly clock: Pick<Clock, 'nowMs'>) {
    this.times = { idle: 0, read: 0, parse: 0, step: 0, commit: 0, reply: 0, reap: 0 };
    this.stageMs = this.times;
    this.ring = Array.from({ length: LIMITS.turnsKeptMax }, emptyRecord);
    this.stageSinceMs = clock.nowMs();
  }

  begin(ready: number): void {
    this.close();
    this.isOpen = true;
    this.count++;
    const { current } = this;
    Object.assign(current, EMPTY);
    current.turn = this.count;
    current.ready = ready;
    this.enter('read');
    current.startMs = this.stageSinceMs;
  }

  read(frames: number): void {
    this.current.frames = frames;
  }

  enter(stage: Stage): Stage {
    const before = this.stage;
    const nowMs = this.clock.nowMs();
    const elapsedMs = nowMs - this.stageSinceMs;
    this.times[before] += elapsedMs;
    if (before !== 'idle') this.current[TIME_OF[before]] += elapsedMs;
    this.stage = stage;
    this.stageSinceMs = nowMs;
    return before;
  }

  /** @param pooledMs from dispatch to result; 0: parsed in the main thread */
  parsed(rows: number, rowBytes: number, pooledMs: number): void {
    this.current.rows += rows;
    this.current.rowBytes += rowBytes;
    this.current.pooledMs += pooledMs;
  }

  committed(entries: number, commitMs: number): void {
    this.current.committed += entries;
    this.current.commitMs += commitMs;
  }

  replied(count: number): void {
    this.current.replies += count;
  }

  /**
   * Turns that are over: the last one is when another one begins, or nothing comes of it any more.
   *
   * @returns the last ones after the one with number `turn`, oldest first
   */
  takeAfter(turn: number): TurnRecord[] {
    const ageMs = this.clock.nowMs() - this.current.startMs;
    if (this.stage === 'idle' && ageMs >= LIMITS.turnSettledMs) this.close();
    return this.ring
      .filter((one) => one.turn > turn)
      .sort((a, b) => a.turn - b.turn)
      .map((one) => ({ ...one }));
  }

  /** The turn that was busy for the longest time since the last call; null: there was none. */
  takeSlowest(): TurnRecord | null {
    const { slowestTurn } = this;
    if (slowestTurn.turn === 0) return null;
    const taken = { ...slowestTurn };
    slowestTurn.turn = 0;
    return taken;
  }

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { current, slowestTurn } = this;
    const busyMs = busyMsOf(current);
    if (busyMs >= LIMITS.turnSlowMs) this.slow++;
    if (slowestTurn.turn === 0 || busyMs > busyMsOf(slowestTurn)) {
      Object.assign(slowestTurn, current);
    }
    const at = this.closed++ % this.ring.length;
    const oldest = this.ring[at];
    this.ring[at] = current;
    // Its place in the ring is taken, so that its object may hold the next turn.
    this.current = oldest ?? emptyRecord();
  }
}

const EMPTY: Readonly<TurnRecord> = Object.freeze({
  turn: 0,
  startMs: 0,
  ready: 0,
  frames: 0,
  rows: 0,
  rowBytes: 0,
  pooledMs: 0,
  committed: 0,
  commitMs: 0,
  replies: 0,
  readMs: 0,
  parseMs: 0,
  stepMs: 0,
  writeMs: 0,
  replyMs: 0,
  reapMs: 0,
});

function emptyRecord(): TurnRecord {
  return { ...EMPTY };
}
