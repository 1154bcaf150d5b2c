/** Time as a parameter, so that a simulator can drive the same code with a clock of its own. */
export interface Clock {
  /** Milliseconds that only go forward; their zero means nothing. */
  nowMs(): number;
  /** Calendar time, for what people read and files keep: milliseconds since 1970, never below 0. */
  wallTimeMs(): number;
  /** Calls `task` after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Calls `task` once input and output that are ready have been handled. */
  soon(task: () => void): void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  // A clock that was never set may be before 1970, which no file format here can express.
  wallTimeMs: () => Math.max(0, Date.now()),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  soon: (task) => {
    setImmediate(task);
  },
};
