/**
 * Writes the log to standard output. Lines are buffered and written once per turn: one write per line would
 * cost the central more than storing the batch that the line reports.
 *
 * A full pipe takes nothing. The central must not wait for it, and a stream of Node would buffer without
 * bound. So this writes without a stream, and keeps the rest in a `LogBuffer` for the next attempt.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../clock';
import { invariant } from '../invariant';
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

/** What became of everything that waits: it was taken, the rest is not taken now, nobody reads any more. */
type WriteOutcome = 'idle' | 'full' | 'gone';

/**
 * - `idle`: nothing waits.
 * - `scheduled`: lines wait for the end of the turn.
 * - `full`: the last write was refused; it is tried again by the clock only.
 * - `gone`: the reader has closed; lines are discarded.
 */
type SinkPhase = WriteOutcome | 'scheduled';

/** What may follow each phase. */
const NEXT: Readonly<Record<SinkPhase, readonly SinkPhase[]>> = {
  idle: ['idle', 'scheduled', 'full', 'gone'],
  scheduled: ['idle', 'full', 'gone'],
  full: ['idle', 'gone'],
  gone: [],
};

export class StdoutSink implements LogSink {
  private readonly buffer: LogBuffer;
  private phase: SinkPhase = 'idle';

  constructor(
    private readonly out: LogOutput = openStdout(),
    bytesMax: number = LIMITS.logBufferBytesMax,
  ) {
    this.buffer = new LogBuffer(bytesMax);
  }

  write(line: string, level: LogLevel): void {
    if (this.phase === 'gone') return;
    this.buffer.add(line, level);
    if (this.phase === 'full') return;
    if (this.buffer.hasChunk) this.flush();
    else if (this.phase === 'idle') {
      this.setPhase('scheduled');
      setImmediate(() => {
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.phase === 'full' || this.phase === 'gone') return;
    const outcome = this.writeAll();
    this.setPhase(outcome);
    if (outcome !== 'full') return;
    setTimeout(() => {
      if (this.phase !== 'full') return;
      this.setPhase('idle');
      this.flush();
    }, LIMITS.logRetryMs).unref();
  }

  drain(): void {
    const deadlineMs = systemClock.nowMs() + LIMITS.logDrainMs;
    let outcome = this.writeAll();
    while (outcome === 'full' && systemClock.nowMs() < deadlineMs) {
      this.out.sleep(LIMITS.logRetryMs);
      outcome = this.writeAll();
    }
    // Nobody would end a phase `full` that begins here.
    if (outcome === 'gone') this.setPhase('gone');
  }

  private writeAll(): WriteOutcome {
    for (;;) {
      const bytes = this.buffer.next();
      if (bytes.length === 0) return 'idle';
      const taken = this.tryToWrite(bytes);
      if (typeof taken !== 'number') return taken;
      this.buffer.written(taken);
      this.reportDropped();
    }
  }

  /** @returns how many bytes were taken, if any */
  private tryToWrite(bytes: Buffer): number | 'full' | 'gone' {
    try {
      const count = this.out.write(bytes);
      return count === 0 ? 'full' : count;
    } catch (error) {
      // The reader of the log may close; the work goes on without a log. Any other failure, such as a
      // full disk, may pass: the buffer is bounded.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return 'full';
      this.buffer.clear();
      return 'gone';
    }
  }

  private reportDropped(): void {
    const dropped = this.buffer.takeDropped();
    if (dropped === null) return;
    const level = dropped.ERROR > 0 ? 'ERROR' : 'WARNING';
    const message = formatMessage('log', 'fail', droppedDetails(dropped));
    this.buffer.add(formatLine(formatTime(new Date()), level, message), level);
  }

  private setPhase(to: SinkPhase): void {
    invariant(NEXT[this.phase].includes(to), `the log went from ${this.phase} to ${to}`);
    this.phase = to;
  }
}

function droppedDetails(dropped: DroppedLines): Record<string, number> {
  const { DEBUG: debug, INFO: info, WARNING: warning, ERROR: error } = dropped;
  return { dropped: debug + info + warning + error, debug, info, warning, error };
}
