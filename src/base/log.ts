/**
 * Log lines in the course's format:
 *
 *     2024-08-21 22:11:15 INFO     action: apuesta_recibida | result: success | cantidad: 130
 *
 * Lines are gathered and written once per turn: one write per line would cost the central more
 * than storing the batch that the line reports.
 */
import loglevel from 'loglevel';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
export type LogResult = 'success' | 'fail' | 'in_progress';
export type LogDetails = Readonly<Record<string, string | number>>;

/** Levels by name, as the course's configuration files spell them. */
export const LOG_LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** Where whole lines go. */
export interface LogSink {
  write(line: string): void;
  flush(): void;
}

export interface Logger {
  debug(action: string, result: LogResult, details?: LogDetails): void;
  info(action: string, result: LogResult, details?: LogDetails): void;
  warning(action: string, result: LogResult, details?: LogDetails): void;
  error(action: string, result: LogResult, details?: LogDetails): void;
  setLevel(level: LogLevel): void;
  /** Writes what has been gathered; called at the end of a turn and before the process ends. */
  flush(): void;
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

const PRINTED_LEVEL: Readonly<Record<string, string>> = {
  trace: 'DEBUG   ',
  debug: 'DEBUG   ',
  info: 'INFO    ',
  warn: 'WARNING ',
  error: 'ERROR   ',
};

/** A value that cannot be mistaken for structure: no `|`, no line break, no control character. */
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

/** Gathers lines and writes them to standard output in one piece. */
export class StdoutSink implements LogSink {
  private gathered = '';
  private scheduled = false;

  constructor(private readonly out: NodeJS.WritableStream = process.stdout) {
    // Whoever read our log may go away; the work goes on without a log.
    out.on('error', () => undefined);
  }

  write(line: string): void {
    this.gathered += line;
    if (this.gathered.length > 65_536) this.flush();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.flush();
      });
    }
  }

  flush(): void {
    this.scheduled = false;
    if (this.gathered === '') return;
    const lines = this.gathered;
    this.gathered = '';
    this.out.write(lines);
  }
}

/** A logger with a level of its own that writes to `sink`. */
export function createLogger(sink: LogSink = new StdoutSink(), level: LogLevel = 'INFO'): Logger {
  const stamp = new SecondStamp();
  const base = loglevel.getLogger(Symbol('loteria'));
  base.methodFactory =
    (method) =>
    (message: unknown): void => {
      sink.write(`${stamp.now()} ${PRINTED_LEVEL[method] ?? ''} ${String(message)}\n`);
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
    flush: () => {
      sink.flush();
    },
  };
}
