/** A process: what it asked for happens only while it lives. */
import type { Clock } from '../../src/base/clock';
import type { Logger } from '../../src/base/log/log';
import type { Detail } from './trace';
import { CheckFailure, type World } from './world';

/** Calendar time at which simulations begin. */
const EPOCH_MS = 1_700_000_000_000;

export class SimProcess {
  private living = true;
  readonly clock: Clock;
  readonly logger: Logger;

  /** @param onLog notified of every log line */
  constructor(
    readonly world: World,
    readonly name: string,
    onLog: (
      action: string,
      result: string,
      details: Readonly<Record<string, Detail>>,
    ) => void = () => undefined,
  ) {
    this.clock = {
      nowMs: () => world.nowMs,
      wallTimeMs: () => EPOCH_MS + world.nowMs,
      after: (delayMs, task) => this.after(delayMs, task),
      soon: (task) => {
        this.after(0, task);
      },
    };
    const log = (
      action: string,
      result: string,
      details?: Readonly<Record<string, Detail>>,
    ): void => {
      if (!this.living) return;
      if (world.trace.isKept) {
        world.note(name, action, result, ...Object.values(details ?? {}));
      }
      onLog(action, result, details ?? {});
    };
    this.logger = {
      debug: log,
      info: log,
      warning: log,
      error: log,
      setLevel: () => undefined,
      setPrefix: () => undefined,
      shows: () => true,
      flush: () => undefined,
      drain: () => undefined,
    };
  }

  isAlive(): boolean {
    return this.living;
  }

  /** Ends at once; whatever it is in the middle of has no effect any more. */
  die(): void {
    this.living = false;
  }

  after(delayMs: number, task: () => void): () => void {
    return this.world.schedule(delayMs, () => {
      this.run(task);
    });
  }

  /** Lets the process do something. What it throws is a mistake, unless it has died of it. */
  run(task: () => void): void {
    if (!this.living) return;
    try {
      task();
    } catch (error) {
      if (error instanceof CheckFailure) throw error;
      if (this.isAlive()) this.world.fail('uncaught exception', describe(this.name, error));
    }
  }
}

export function describe(where: string, error: unknown): string {
  return `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
