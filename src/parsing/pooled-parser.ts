/**
 * Decides which groups of messages worker threads parse: those whose estimated time on the main thread is above a
 * threshold. docs/PERFORMANCE.md, "Parsing policy", has what dispatching costs and where it pays.
 */
import { present } from '../base/invariant';
import { LIMITS } from '../base/limits';
import type { Edition } from '../domain/contest';
import { parseHere, type Parsable, type Parsed } from './parsed';
import type { ParseCounts, Parser } from './parser';
import type { Slab, SlabForm, SlabPart } from './slab';

/** Worker threads, with one slab each. */
export interface SlabPool {
  /** Null while the threads are not running. */
  readonly slabs: readonly Slab[] | null;
  /** Starts the threads in the background; a second call does nothing. */
  start(): void;
  /** Dispatches the messages of a slab to a worker. @returns the offset behind the results in the slab */
  parse(slab: number, part: SlabPart): Promise<number>;
}

/** Estimated parsing time on the main thread, in microseconds. */
export interface ParsePolicy {
  /** From here on a group that holds only rows of bets goes to the pool. */
  readonly groupUsMin: number;
  /** The same for any other group. */
  readonly costlyGroupUsMin: number;
  /** A group is divided among so many workers that each gets this much. */
  readonly taskUsMin: number;
  /** All groups together, before threads are started for a group that is large enough. */
  readonly startUsMin: number;
}

const POLICY: ParsePolicy = {
  groupUsMin: LIMITS.pooledGroupUsMin,
  costlyGroupUsMin: LIMITS.pooledCostlyGroupUsMin,
  taskUsMin: LIMITS.pooledTaskUsMin,
  startUsMin: LIMITS.poolStartUsMin,
};

/** Parsing time on the main thread, measured by `npm run bench -- policy`. */
const NS_PER_BYTE: Readonly<Record<SlabForm, number>> = {
  bets: 1.1,
  contestants: 27,
  pipe_bet: 15,
  pipe_batch: 15,
  tlv_batch: 28,
  opcode_bet: 11,
  opcode_batch: 11,
  semicolon_packet: 18,
};

export class PooledParser implements Parser {
  private readonly nativeForm: SlabForm;
  private inline = 0;
  private pooled = 0;
  /** Estimated for all groups so far, wherever they were parsed. */
  private seenUs = 0;

  constructor(
    private readonly pool: SlabPool,
    private readonly edition: Edition = 'lottery',
    private readonly policy: ParsePolicy = POLICY,
  ) {
    this.nativeForm = edition === 'lottery' ? 'bets' : 'contestants';
  }

  get counts(): ParseCounts {
    const { inline, pooled } = this;
    return { inline, pooled };
  }

  parse(messages: readonly Parsable[]): Parsed[] | Promise<Parsed[]> {
    const { groupUsMin, costlyGroupUsMin, startUsMin } = this.policy;
    let us = 0;
    let usMin = this.nativeForm === 'bets' ? groupUsMin : costlyGroupUsMin;
    for (const message of messages) {
      us += this.usOf(message);
      if (message.kind === 'foreign') usMin = costlyGroupUsMin;
    }
    this.seenUs += us;
    if (messages.length === 0 || us < usMin) return this.parseAllHere(messages);
    const { slabs } = this.pool;
    if (slabs !== null) return this.parseInPool(messages, us, slabs);
    if (this.seenUs >= startUsMin) this.pool.start();
    return this.parseAllHere(messages);
  }

  private parseAllHere(messages: readonly Parsable[]): Parsed[] {
    return messages.map((message) => this.parseHere(message));
  }

  private parseHere(message: Parsable): Parsed {
    this.inline++;
    return parseHere(message, this.edition);
  }

  /** Gives each worker a contiguous part of the messages, with about the same parsing time. */
  private async parseInPool(
    messages: readonly Parsable[],
    us: number,
    slabs: readonly Slab[],
  ): Promise<Parsed[]> {
    const wanted = Math.floor(us / this.policy.taskUsMin);
    const workers = Math.max(1, Math.min(slabs.length, wanted));
    const used = slabs.slice(0, workers);
    let next = 0;
    let doneUs = 0;
    const tasks = used.map((slab, i) => {
      slab.clear();
      const untilUs = (us * (i + 1)) / workers;
      for (; next < messages.length && (doneUs < untilUs || i === workers - 1); next++) {
        const message = present(messages[next], 'a group changed while it was divided');
        slab.add(this.formOf(message), bytesOf(message));
        doneUs += this.usOf(message);
      }
      const part = slab.close();
      return part.count === 0 ? Promise.resolve(part.end) : this.pool.parse(i, part);
    });
    const ends = await Promise.all(tasks);
    const found: (Parsed | null)[] = [];
    for (const [i, slab] of used.entries()) found.push(...slab.results(ends[i] ?? 0));
    return messages.map((message, i) => {
      const parsed = found[i] ?? null;
      if (parsed === null) return this.parseHere(message);
      this.pooled++;
      return parsed;
    });
  }

  private formOf(message: Parsable): SlabForm {
    return message.kind === 'bets' ? this.nativeForm : message.form;
  }

  private usOf(message: Parsable): number {
    return (bytesOf(message).length * NS_PER_BYTE[this.formOf(message)]) / 1_000;
  }
}

function bytesOf(message: Parsable): Buffer {
  return message.kind === 'bets' ? message.rows : message.bytes;
}
