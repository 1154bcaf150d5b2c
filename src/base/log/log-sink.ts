/**
 * Writes the log to standard output. Lines are buffered and written once per turn: one write per line would
 * cost the central more than storing the batch that the line reports.
 *
 * A full pipe takes nothing. The central must not wait for it, and a stream of Node would buffer without
 * bound. So this writes without a stream, and keeps the rest in a `LogBuffer` for the next attempt.
 */
import { writeSync } from 'node:fs';
import { LIMITS } from '../limits';
import { formatLine, formatMessage, formatTime, type LogLevel, type LogSink } from './log';
import { LogBuffer, type DroppedLines } from './log-buffer';

/** The destination; a parameter for tests. */
export interface LogOutput {
  /**
   * Writes without waiting.
   *
   * @returns how many bytes were taken
   * @throws Error EAGAIN: none now; EPIPE: the reader has closed
   */
  write(bytes: Buffer): number;
  /** Waits, and keeps the whole process waiting. */
  sleep(ms: number): void;
}

/** Descriptor 1, whatever it is. */
function openStdout(): LogOutput {
  // Where standard output is a pipe or a socket, Node makes it non-blocking when it is first used.
  const { fd } = process.stdout;
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    write: (bytes) => writeSync(fd, bytes),
    sleep: (ms) => {
      Atomics.wait(cell, 0, 0, ms);
    },
  };
}

export class StdoutSink implements LogSink {
  private readonly buffer: LogBuffer;
  private scheduled = false;
  /** Its last write was refused; it is tried again by the clock only. */
  private isFull = false;
  private isGone = false;

  constructor(
    private readonly out: LogOutput = openStdout(),
    bytesMax: number = LIMITS.logBufferBytesMax,
  ) {
    this.buffer = new LogBuffer(bytesMax);
  }

  write(line: string, level: LogLevel): void {
    if (this.isGone) return;
    this.buffer.add(line, level);
    if (this.isFull) return;
    if (this.buffer.hasChunk) this.flush();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.flush();
      });
    }
  }

  flush(): void {
    this.scheduled = false;
    if (this.isFull || this.writeAll()) return;
    this.isFull = true;
    setTimeout(() => {
      this.isFull = false;
      this.flush();
    }, LIMITS.logRetryMs).unref();
  }

  drain(): void {
    const deadlineMs = performance.now() + LIMITS.logDrainMs;
    while (!this.writeAll() && performance.now() < deadlineMs) this.out.sleep(LIMITS.logRetryMs);
  }

  /** @returns whether all of it was taken */
  private writeAll(): boolean {
    for (;;) {
      const bytes = this.buffer.next();
      if (bytes.length === 0) return true;
      const count = this.tryToWrite(bytes);
      if (count === 0) return this.isGone;
      this.buffer.written(count);
      this.reportDropped();
    }
  }

  private tryToWrite(bytes: Buffer): number {
    try {
      return this.out.write(bytes);
    } catch (error) {
      // The reader of the log may close; the work goes on without a log. Any other failure, such as a
      // full disk, may pass: the buffer is bounded.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
        this.isGone = true;
        this.buffer.clear();
      }
      return 0;
    }
  }

  private reportDropped(): void {
    const dropped = this.buffer.takeDropped();
    if (dropped === null) return;
    const level = dropped.ERROR > 0 ? 'ERROR' : 'WARNING';
    const message = formatMessage('log', 'fail', droppedDetails(dropped));
    this.buffer.add(formatLine(formatTime(new Date()), level, message), level);
  }
}

function droppedDetails(dropped: DroppedLines): Record<string, number> {
  const { DEBUG: debug, INFO: info, WARNING: warning, ERROR: error } = dropped;
  return { dropped: debug + info + warning + error, debug, info, warning, error };
}
