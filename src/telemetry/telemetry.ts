/** Everything that the central counts while somebody may look at it: totals since it started. */
import type { Clock } from '../base/clock';
import { LIMITS } from '../base/limits';
import { decades, Histogram } from './histogram';
import { Turns } from './turns';

/** Why a connection or a handshake was refused. */
export type RefusalReason = 'no_place' | 'not_authorised' | 'tls';

/** What is remembered of an agency that its connections do not show. */
export interface AgencyHistory {
  /** Handshakes since the central started, without those that are counted as {@link connections}. */
  handshakes: number;
  /** Connections of runs that take many by nature: a new one says nothing of the one before. */
  connections: number;
  /** Of its last connection. */
  address: string;
  lastError: string;
  /** Milliseconds since 1970; 0: never. */
  lastErrorMs: number;
  /** The same on the clock that only goes forward. */
  lastErrorAtMs: number;
  /** When its last handshake was over, on that clock. */
  lastSeenAtMs: number;
}

/** Sizes of groups: powers of two. */
const GROUP_SIZES = Array.from({ length: 13 }, (_, power) => 2 ** power);

export class Telemetry {
  readonly turns: Turns;
  /** Bets that became durable. */
  betsStored = 0;
  /** Messages of bets, by where they were parsed. */
  parsedInline = 0;
  parsedPooled = 0;
  /** Groups of messages that worker threads are parsing. */
  poolTasks = 0;
  /** Bytes that arrived from peers. */
  bytesReceived = 0;
  handshakes = 0;
  readonly refusals: Record<RefusalReason, number> = { no_place: 0, not_authorised: 0, tls: 0 };
  /** Rejected messages of bets, and other errors, by their code. */
  readonly rejects = new Map<string, number>();
  readonly errors = new Map<string, number>();
  /** By number. */
  readonly agencies = new Map<number, AgencyHistory>();
  /** Entries of each group that was committed. */
  readonly groupEntries = new Histogram(GROUP_SIZES);
  /** From handing a group to the store until it is durable. */
  readonly commitSeconds = new Histogram(decades(1e-5, 10));
  /** What the store could not do now, and agencies ask again for: none where bets are in files. */
  readonly storeUnavailable = { commit: 0, claim: 0 };
  /** What the database behind the store did: nothing where bets are in files. */
  readonly storeEvents = { failover: 0, retry: 0 };
  /** Each fdatasync of the store. */
  readonly syncSeconds = new Histogram(decades(1e-5, 10));

  constructor(private readonly clock: Pick<Clock, 'nowMs' | 'wallTimeMs'>) {
    this.turns = new Turns(clock);
  }

  /**
   * A sync of the store is over.
   *
   * @param proceed goes on after it, in the main thread
   */
  synced(ms: number, proceed: () => void): void {
    this.syncSeconds.observe(ms / 1_000);
    const stage = this.turns.enter('commit');
    proceed();
    this.turns.enter(stage);
  }

  /**
   * An agency's handshake is over.
   *
   * @param isOneOfMany whether a run of the agency takes many connections by nature
   */
  greeted(agency: number, address: string, isOneOfMany: boolean): void {
    this.handshakes++;
    const history = this.historyOf(agency);
    if (isOneOfMany) history.connections++;
    else history.handshakes++;
    history.address = address;
    history.lastSeenAtMs = this.clock.nowMs();
  }

  refused(reason: RefusalReason, count = 1): void {
    this.refusals[reason] += count;
  }

  /**
   * A message of bets was rejected, or a session ended with an error.
   *
   * @param agency that was sent it; null: not known, or not proved
   */
  failed(kind: 'rejects' | 'errors', code: string, agency: number | null): void {
    const counts = this[kind];
    const known = counts.has(code) || counts.size < LIMITS.errorCodesMax;
    const counted = known ? code : 'OTHER';
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
    if (agency === null) return;
    const history = this.historyOf(agency);
    history.lastError = code;
    history.lastErrorMs = this.clock.wallTimeMs();
    history.lastErrorAtMs = this.clock.nowMs();
  }

  private historyOf(agency: number): AgencyHistory {
    const there = this.agencies.get(agency);
    if (there !== undefined) return there;
    const made = {
      ...{ handshakes: 0, connections: 0, address: '', lastSeenAtMs: 0 },
      ...{ lastError: '', lastErrorMs: 0, lastErrorAtMs: 0 },
    };
    this.agencies.set(agency, made);
    return made;
  }
}
