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

  /** Time passes, and what is due on the way is done. */
  advance(delayMs: number): void {
    this.time += delayMs;
    const due = this.timers.filter(({ dueMs }) => dueMs <= this.time);
    this.timers = this.timers.filter(({ dueMs }) => dueMs > this.time);
    for (const { task } of due) task();
  }

  soon(task: () => void): void {
    this.soonTasks.push(task);
  }

  /** How many tasks wait for the next turn. */
  get waiting(): number {
    return this.soonTasks.length;
  }

  /** Runs what is due in the next turn. @returns whether there was anything */
  turn(): boolean {
    const tasks = this.soonTasks;
    this.soonTasks = [];
    for (const task of tasks) task();
    return tasks.length > 0;
  }
}
