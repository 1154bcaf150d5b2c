import type { Clock } from '../../../src/base/clock';

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  time = 1_000;
  private soonTasks: (() => void)[] = [];
  private timers: { readonly dueMs: number; readonly task: () => void }[] = [];

  nowMs(): number {
    return this.time;
  }

  wallTimeMs(): number {
    return this.time;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.time + delayMs, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  soon(task: () => void): void {
    this.soonTasks.push(task);
  }

  /** How many tasks wait for the next turn. */
  get waiting(): number {
    return this.soonTasks.length;
  }

  /** Runs what is due in the next turn. */
  turn(): void {
    const tasks = this.soonTasks;
    this.soonTasks = [];
    for (const task of tasks) task();
  }
}
