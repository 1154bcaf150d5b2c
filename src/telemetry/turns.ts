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
  readonly turn: number;
  /** On the clock that only goes forward. */
  readonly startMs: number;
  readonly ready: number;
  readonly frames: number;
  readonly rows: number;
  readonly rowBytes: number;
  /** Time in worker threads, from dispatch to result; 0: they were not used. */
  readonly pooledMs: number;
  /** Entries that became durable. */
  readonly committed: number;
  /** From handing them to the store until they were durable. */
  readonly commitMs: number;
  readonly replies: number;
  readonly readMs: number;
  readonly parseMs: number;
  readonly stepMs: number;
  /** Time of the main thread for commits: it writes, and the disk syncs meanwhile. */
  readonly writeMs: number;
  readonly replyMs: number;
  readonly reapMs: number;
}

/** Where the numbers of a turn are kept: time by stage, idle first, then the others. */
const AT = Object.freeze({
  idle: 0,
  read: 1,
  parse: 2,
  step: 3,
  commit: 4,
  reply: 5,
  reap: 6,
  turn: 7,
  startMs: 8,
  ready: 9,
  frames: 10,
  rows: 11,
  rowBytes: 12,
  pooledMs: 13,
  committed: 14,
  commitMs: 15,
  replies: 16,
});
const NUMBERS = Object.keys(AT).length;

/** What kept the event loop busy in a turn. */
export function busyMsOf(turn: TurnRecord): number {
  return turn.readMs + turn.parseMs + turn.stepMs + turn.writeMs + turn.replyMs + turn.reapMs;
}

/**
 * Numbers are in arrays of doubles: fields of objects would be allocated anew where a whole number becomes a
 * fraction, and the code that uses them would be compiled again.
 */
export class Turns implements TurnObserver {
  /** Turns so far, and those that were slow. */
  count = 0;
  slow = 0;

  /** Milliseconds of the main thread in each stage. */
  private readonly times = new Float64Array(STAGES.length);
  private readonly ring = Array.from(
    { length: LIMITS.turnsKeptMax },
    () => new Float64Array(NUMBERS),
  );
  private readonly slowestTurn = new Float64Array(NUMBERS);
  private slowestMs = 0;
  /** Turns that are closed; the last ones are in the ring. */
  private closed = 0;
  private current = new Float64Array(NUMBERS);
  private isOpen = false;
  private stage: Stage = 'idle';
  private stageSinceMs: number;

  constructor(private readonly clock: Pick<Clock, 'nowMs'>) {
    this.stageSinceMs = clock.nowMs();
  }

  /** Milliseconds of the main thread in each stage. */
  get stageMs(): Readonly<Record<Stage, number>> {
    const [idle = 0, read = 0, parse = 0, step = 0, commit = 0, reply = 0, reap = 0] = this.times;
    return { idle, read, parse, step, commit, reply, reap };
  }

  begin(ready: number): void {
    this.close();
    this.isOpen = true;
    this.count++;
    const { current } = this;
    current.fill(0);
    current[AT.turn] = this.count;
    current[AT.ready] = ready;
    this.enter('read');
    current[AT.startMs] = this.stageSinceMs;
  }

  read(frames: number): void {
    this.current[AT.frames] = frames;
  }

  enter(stage: Stage): Stage {
    const before = this.stage;
    const nowMs = this.clock.nowMs();
    const elapsedMs = nowMs - this.stageSinceMs;
    add(this.times, AT[before], elapsedMs);
    add(this.current, AT[before], elapsedMs);
    this.stage = stage;
    this.stageSinceMs = nowMs;
    return before;
  }

  /** @param pooledMs from dispatch to result; 0: parsed in the main thread */
  parsed(rows: number, rowBytes: number, pooledMs: number): void {
    add(this.current, AT.rows, rows);
    add(this.current, AT.rowBytes, rowBytes);
    add(this.current, AT.pooledMs, pooledMs);
  }

  committed(entries: number, commitMs: number): void {
    add(this.current, AT.committed, entries);
    add(this.current, AT.commitMs, commitMs);
  }

  replied(count: number): void {
    add(this.current, AT.replies, count);
  }

  /**
   * Turns that are over: the last one is when another one begins, or nothing comes of it any more.
   *
   * @returns the last ones after the one with number `turn`, oldest first
   */
  takeAfter(turn: number): TurnRecord[] {
    const ageMs = this.clock.nowMs() - (this.current[AT.startMs] ?? 0);
    if (this.stage === 'idle' && ageMs >= LIMITS.turnSettledMs) this.close();
    return this.ring
      .filter((one) => (one[AT.turn] ?? 0) > turn)
      .map(recordOf)
      .sort((a, b) => a.turn - b.turn);
  }

  /** The turn that was busy for the longest time since the last call; null: there was none. */
  takeSlowest(): TurnRecord | null {
    const { slowestTurn } = this;
    if (slowestTurn[AT.turn] === 0) return null;
    const taken = recordOf(slowestTurn);
    slowestTurn[AT.turn] = 0;
    return taken;
  }

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { current, slowestTurn } = this;
    let busyMs = 0;
    for (let at: number = AT.read; at <= AT.reap; at++) busyMs += current[at] ?? 0;
    if (busyMs >= LIMITS.turnSlowMs) this.slow++;
    if (slowestTurn[AT.turn] === 0 || busyMs > this.slowestMs) {
      slowestTurn.set(current);
      this.slowestMs = busyMs;
    }
    const at = this.closed++ % this.ring.length;
    // Its place in the ring is taken, so that its array may hold the next turn.
    const oldest = this.ring[at] ?? new Float64Array(NUMBERS);
    this.ring[at] = current;
    this.current = oldest;
  }
}

function add(numbers: Float64Array, at: number, value: number): void {
  numbers[at] = (numbers[at] ?? 0) + value;
}

function recordOf(numbers: Float64Array): TurnRecord {
  const of = (name: keyof typeof AT): number => numbers[AT[name]] ?? 0;
  return {
    ...{ turn: of('turn'), startMs: of('startMs'), ready: of('ready'), frames: of('frames') },
    ...{ rows: of('rows'), rowBytes: of('rowBytes'), pooledMs: of('pooledMs') },
    ...{ committed: of('committed'), commitMs: of('commitMs'), replies: of('replies') },
    ...{ readMs: of('read'), parseMs: of('parse'), stepMs: of('step') },
    ...{ writeMs: of('commit'), replyMs: of('reply'), reapMs: of('reap') },
  };
}
