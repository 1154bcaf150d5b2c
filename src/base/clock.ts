import { LIMITS } from './limits';

/** Time as a parameter, so that a simulator can drive the same code with a clock of its own. */
export interface Clock {
  /** Milliseconds that only go forward; their zero means nothing. */
  nowMs(): number;
  /** Calendar time, for what people read and files keep: milliseconds since 1970, up to the year 9999. */
  wallTimeMs(): number;
  /** Calls `task` after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Calls `task` once input and output that are ready have been handled. */
  soon(task: () => void): void;
}

export const systemClock: Clock = {
  // `performance` would make an agency, and a central on files, load eight of Node's modules at its start.
  nowMs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  // No file format here can express a clock before 1970, which was never set, or above the year 9999.
  wallTimeMs: () => Math.min(Math.max(0, Date.now()), LIMITS.wallTimeMsMax),
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
