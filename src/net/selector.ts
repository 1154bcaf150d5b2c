/**
 * The selector: which connections have something to do, and when the next turn is.
 *
 * `data` handlers mark a connection ready; one turn later, when all events that were pending have
 * been delivered, the turn works through the ready connections in the order in which they became
 * ready. A connection that is not done in its turn is marked again and comes last in the next.
 */
import type { Clock } from '../base/clock';
import type { Connection } from './connection';

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

  register(connection: Connection): void {
    this.registered.set(connection.id, connection);
  }

  unregister(connection: Connection): void {
    this.registered.delete(connection.id);
    this.ready.delete(connection);
  }

  /** All registered connections. */
  connections(): Iterable<Connection> {
    return this.registered.values();
  }

  markReady(connection: Connection): void {
    if (this.registered.has(connection.id)) this.ready.add(connection);
    this.wakeUp();
  }

  /** Asks for a turn although no connection may be ready. */
  wakeUp(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      this.runTurn();
    });
  }

  /** The ready connections, in order; they are ready no longer. */
  select(): Connection[] {
    const selected = [...this.ready];
    this.ready = new Set();
    return selected;
  }
}
