/** Virtual time: one heap of events, run one after the other; what is due at once comes in any order. */
import { SimRandom } from './random';
import type { Detail, Trace } from './trace';

/** A check that did not hold. Thrown, so that whatever led to it ends here. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';

  /** @param check short name of what was checked */
  constructor(
    readonly check: string,
    readonly found: string,
  ) {
    super(`${check}: ${found}`);
  }
}

interface Event {
  readonly timeMs: number;
  /** Decides among events of the same time. */
  readonly tie: number;
  task: (() => void) | null;
}

export class World {
  nowMs = 0;
  /** Events so far. */
  steps = 0;
  readonly random: SimRandom;
  private readonly heap: Event[] = [];
  private failed: CheckFailure | null = null;

  constructor(
    seed: number,
    readonly trace: Trace,
  ) {
    this.random = new SimRandom(seed);
  }

  /** The first check that did not hold, even if somebody swallowed it. */
  get failure(): CheckFailure | null {
    return this.failed;
  }

  /** Runs `task` after a while; the returned function cancels it. */
  schedule(delayMs: number, task: () => void): () => void {
    const event: Event = { timeMs: this.nowMs + delayMs, tie: this.random.next(), task };
    push(this.heap, event);
    return () => {
      event.task = null;
    };
  }

  /** Runs the next event. @returns false when there is none */
  step(): boolean {
    const event = pop(this.heap);
    if (event === undefined) return false;
    if (event.task === null) return true;
    this.nowMs = event.timeMs;
    this.steps++;
    this.trace.mix(event.timeMs);
    event.task();
    return true;
  }

  note(what: string, ...details: Detail[]): void {
    this.trace.note(this.nowMs, what, details);
  }

  fail(check: string, found: string): never {
    const failure = new CheckFailure(check, found);
    this.failed ??= failure;
    throw failure;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.tie < b.tie);
}

/** Adds to a binary heap. */
function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

/** Takes the first event off a binary heap. */
function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    let child = heap[below];
    const right = heap[below + 1];
    if (child !== undefined && right !== undefined && isBefore(right, child)) {
      child = right;
      below++;
    }
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return first;
}
