/**
 * The selector: the ready connections, and the schedule of turns.
 *
 * `data` handlers mark a connection ready. When all pending events have been delivered, one turn
 * processes the ready connections in the order in which they became ready. A connection with input left
 * is marked again; one that the turn had nothing for comes before those that had their share (read.ts).
 */
import type { Clock } from '../base/clock';
import type { Connection } from './connection/connection';

/** The connections that have something for the next turn, which it schedules. */
export class Selector {
  private readonly registered = new Map<number, Connection>();
  private ready = new Set<Connection>();
  private scheduled = false;

  /** @param runTurn does one turn; it must not throw */
  constructor(
    private readonly clock: Clock,
    private readonly runTurn: () => void,
  ) {}

  get size(): number {
    return this.registered.size;
  }

  /** Whether a connection waits for a turn. */
  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  /** From here on the connection may be marked ready. */
  register(connection: Connection): void {
    this.registered.set(connection.id, connection);
  }

  /** The connection is closed: no turn selects it any more, also if it is ready. */
  unregister(connection: Connection): void {
    this.registered.delete(connection.id);
    this.ready.delete(connection);
  }

  /** All registered connections. */
  connections(): Iterable<Connection> {
    return this.registered.values();
  }

  /** Puts the connection behind those that are ready, unless it is one of them or closed; schedules a turn. */
  markReady(connection: Connection): void {
    if (this.registered.has(connection.id)) this.ready.add(connection);
    this.wakeUp();
  }

  /** Schedules a turn even if no connection is ready. */
  wakeUp(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      this.runTurn();
    });
  }

  /** Returns the ready connections, in order, and clears the set. */
  select(): Connection[] {
    const selected = [...this.ready];
    this.ready = new Set();
    return selected;
  }
}
