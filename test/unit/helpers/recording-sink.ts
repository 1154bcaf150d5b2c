import { createLogger, type LogLevel, type Logger, type LogSink } from '../../../src/base/log/log';

/** Keeps log lines for a test to look at. */
export class RecordingSink implements LogSink {
  readonly lines: string[] = [];
  readonly levels: LogLevel[] = [];
  flushes = 0;

  write(line: string, level: LogLevel): void {
    this.lines.push(line);
    this.levels.push(level);
  }

  flush(): void {
    this.flushes++;
  }

  drain(): void {
    this.flush();
  }
}

export function recordingLogger(level: LogLevel = 'DEBUG'): {
  readonly logger: Logger;
  readonly lines: readonly string[];
} {
  const sink = new RecordingSink();
  return { logger: createLogger(sink, level), lines: sink.lines };
}
