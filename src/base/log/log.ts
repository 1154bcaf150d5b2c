/**
 * Log lines in the course's format:
 *
 *     2024-08-21 22:11:15 INFO     action: apuesta_recibida | result: success | cantidad: 130
 *
 * The sink writes them, and drops them when they are not taken (`log-sink.ts`).
 */
import loglevel from 'loglevel';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
export type LogResult = 'success' | 'fail' | 'in_progress';
export type LogDetails = Readonly<Record<string, string | number>>;

/** Levels by name, as the course's configuration files spell them. */
export const LOG_LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** Where whole lines go. */
export interface LogSink {
  /** @param level of the line: the lower, the sooner it is dropped when there are too many */
  write(line: string, level: LogLevel): void;
  /** Hands on what has been gathered, as far as it is taken without waiting. */
  flush(): void;
  /** The same, and waits a bounded time for the rest; before the process ends. */
  drain(): void;
}

export interface Logger {
  debug(action: string, result: LogResult, details?: LogDetails): void;
  info(action: string, result: LogResult, details?: LogDetails): void;
  warning(action: string, result: LogResult, details?: LogDetails): void;
  error(action: string, result: LogResult, details?: LogDetails): void;
  setLevel(level: LogLevel): void;
  /** @param prefix of every line from now on: what erases a progress bar on a terminal */
  setPrefix(prefix: string): void;
  /** Whether lines of this level are logged. */
  shows(level: LogLevel): boolean;
  /** Writes what has been gathered, without waiting; called at the end of a turn. */
  flush(): void;
  /** Writes all of it, and waits for that at most `LIMITS.logDrainMs`; before the process ends. */
  drain(): void;
}

type LoglevelName = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

// loglevel has no level above error; the program logs nothing as CRITICAL, so that
// LOGGING_LEVEL=CRITICAL means silence, as it did in the course's programs.
const LOGLEVEL_NAME: Readonly<Record<LogLevel, LoglevelName>> = {
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  WARNING: 'WARN',
  ERROR: 'ERROR',
  CRITICAL: 'SILENT',
};

const LEVEL_OF_METHOD: Readonly<Record<string, LogLevel>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};
const LEVEL_WIDTH = 8;

/** Escapes a value: no `|`, no line break, no control character. */
export function sanitise(value: string | number): string {
  if (typeof value === 'number') return String(value);
  // eslint-disable-next-line no-control-regex -- control characters are what must go
  return value.replace(/[|\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}

/** `action: A | result: R | key: value ...` */
export function formatMessage(action: string, result: LogResult, details?: LogDetails): string {
  let message = `action: ${action} | result: ${result}`;
  for (const key in details) message += ` | ${key}: ${sanitise(details[key] ?? '')}`;
  return message;
}

/** `YYYY-MM-DD hh:mm:ss` in local time, as Python's logging prints it. */
export function formatTime(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/**
 * Looks at the clock at most once in a turn of the event loop, and formats a time at most once per
 * second: thousands of lines share one.
 */
class SecondStamp {
  private second = -1;
  private text = '';
  private fresh = false;

  now(): string {
    if (this.fresh) return this.text;
    this.fresh = true;
    setImmediate(() => {
      this.fresh = false;
    });
    const ms = Date.now();
    const second = Math.floor(ms / 1000);
    if (second !== this.second) {
      this.second = second;
      this.text = formatTime(new Date(ms));
    }
    return this.text;
  }
}

/** A whole line. @param time as `formatTime` gives it */
export function formatLine(time: string, level: LogLevel, message: string): string {
  return `${time} ${level.padEnd(LEVEL_WIDTH)} ${message}\n`;
}

/** A logger with a level of its own that writes to `sink`. */
export function createLogger(sink: LogSink, level: LogLevel = 'INFO'): Logger {
  const stamp = new SecondStamp();
  let prefix = '';
  const base = loglevel.getLogger(Symbol('loteria'));
  base.methodFactory = (method) => {
    const of = LEVEL_OF_METHOD[method] ?? 'INFO';
    return (message: unknown): void => {
      sink.write(prefix + formatLine(stamp.now(), of, String(message)), of);
    };
  };
  const setLevel = (to: LogLevel): void => {
    base.setLevel(LOGLEVEL_NAME[to], false);
  };
  setLevel(level);
  return {
    debug: (action, result, details) => {
      if (base.getLevel() <= base.levels.DEBUG) base.debug(formatMessage(action, result, details));
    },
    info: (action, result, details) => {
      if (base.getLevel() <= base.levels.INFO) base.info(formatMessage(action, result, details));
    },
    warning: (action, result, details) => {
      base.warn(formatMessage(action, result, details));
    },
    error: (action, result, details) => {
      base.error(formatMessage(action, result, details));
    },
    setLevel,
    setPrefix: (text) => {
      prefix = text;
    },
    shows: (of) => of !== 'CRITICAL' && base.getLevel() <= base.levels[LOGLEVEL_NAME[of]],
    flush: () => {
      sink.flush();
    },
    drain: () => {
      sink.drain();
    },
  };
}
