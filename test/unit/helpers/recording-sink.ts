import { createLogger, type LogLevel, type Logger, type LogSink } from '../../../src/base/log';

/** Keeps log lines for a test to look at. */
export class RecordingSink implements LogSink {
  readonly lines: string[] = [];
  flushes = 0;

  write(line: string): void {
    this.lines.push(line);
  }

  flush(): void {
    this.flushes++;
  }
}

export function recordingLogger(level: LogLevel = 'DEBUG'): {
  readonly logger: Logger;
  readonly lines: readonly string[];
} {
  const sink = new RecordingSink();
  return { logger: createLogger(sink, level), lines: sink.lines };
}
