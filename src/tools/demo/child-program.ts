/** A `loteria` program run as a process of its own, understood through its log lines. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LoteriaError } from '../../base/errors';
import { startedScript } from '../../base/program/program-command';
import { BET_VARIABLES } from '../../client/config';
import { CLIENT_SETTINGS } from '../../client/settings';
import { SERVER_SETTINGS } from '../../server/settings';

/** The `key: value` details of a log line. */
export type LogFields = Readonly<Record<string, string>>;

/** By the path by which this process was started, which the central shows in its commands. */
const PROGRAM = startedScript() ?? join(__dirname, '..', '..', 'bin', 'loteria');

/** `2024-08-21 22:11:15 INFO     action: a | result: r | k: v` to its fields. */
export function parseLogLine(line: string): LogFields {
  const fields: Record<string, string> = {};
  const start = line.indexOf('action: ');
  if (start < 0) return fields;
  for (const part of line.slice(start).split(' | ')) {
    const colon = part.indexOf(': ');
    if (colon > 0) fields[part.slice(0, colon)] = part.slice(colon + 2);
  }
  return fields;
}

/** Variables that must not leak from this process into its children. */
const OWN_VARIABLES: ReadonlySet<string> = new Set([
  ...[...SERVER_SETTINGS, ...CLIENT_SETTINGS].map(({ env }) => env),
  ...Object.values(BET_VARIABLES),
]);

export class ChildProgram {
  /** Its exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  lastLine = '';

  private readonly process: ChildProcess;
  private readonly listeners: ((line: LogFields) => void)[] = [];

  /** @param env the program's settings; nothing else is configured */
  constructor(
    readonly name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    const inherited = Object.entries(process.env).filter(([key]) => !OWN_VARIABLES.has(key));
    this.process = spawn(process.execPath, [PROGRAM, ...args, '--config', '/dev/null'], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve) => {
      this.process.on('error', (error) => {
        this.lastLine = error.message;
        resolve('error');
      });
      this.process.on('close', (code, signal) => {
        resolve(code ?? signal ?? 'unknown');
      });
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream !== null) this.readLines(stream);
    }
  }

  onLine(listener: (line: LogFields) => void): void {
    this.listeners.push(listener);
  }

  /**
   * The first line with this action.
   *
   * @throws LoteriaError GAVE_UP when the program ends without it
   */
  waitFor(action: string): Promise<LogFields> {
    return new Promise((resolve, reject) => {
      this.onLine((line) => {
        if (line['action'] === action) resolve(line);
      });
      void this.exited.then(() => {
        reject(new LoteriaError('GAVE_UP', `${this.name} ended early: ${this.lastLine}`));
      });
    });
  }

  /** Requests a graceful shutdown. */
  stop(): void {
    if (this.process.exitCode === null) this.process.kill('SIGTERM');
  }

  /** Ends it at once, as a power failure would. */
  kill(): void {
    this.process.kill('SIGKILL');
  }

  private readLines(stream: NodeJS.ReadableStream): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.lastLine = line;
      const fields = parseLogLine(line);
      for (const listener of this.listeners) listener(fields);
    });
  }
}
