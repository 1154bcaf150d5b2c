/** Child processes that are never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 2;
const WAIT_MS = 600_000;

const running = new Set<Child>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes; without it, to this process. */
  readonly logPath?: string;
}

export class Child {
  readonly pid: number;
  /** When it was spawned, on the clock of `performance.now()`. */
  readonly spawnedMs: number;
  readonly exited: Promise<number | null>;
  private readonly process: ChildProcess;
  private readonly logPath: string | undefined;
  private text = '';
  private over = false;
  private wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    const { PATH = '', HOME = '' } = process.env;
    this.logPath = options.logPath;
    const log = this.logPath === undefined ? 'pipe' : openSync(this.logPath, 'w');
    this.spawnedMs = performance.now();
    this.process = spawn(command, args, {
      env: { PATH, HOME, TZ: 'UTC', ...options.env },
      stdio: ['pipe', log, log],
    });
    if (typeof log === 'number') closeSync(log);
    this.pid = this.process.pid ?? 0;
    running.add(this);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
        this.wake();
      });
    }
    this.process.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null): void => {
        running.delete(this);
        this.over = true;
        this.wake();
        resolve(code);
      };
      this.process.on('close', end);
      this.process.on('error', () => {
        end(null);
      });
    });
  }

  get output(): string {
    return this.logPath === undefined ? this.text : readFileSync(this.logPath, 'utf8');
  }

  /** Waits until the output holds a match. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.over) throw new Error(`ended without ${String(pattern)}:\n${this.output}`);
      if (performance.now() > deadline) throw new Error(`no ${String(pattern)} in time`);
      await this.change();
    }
  }

  send(text: string): void {
    this.process.stdin?.write(`${text}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Asks it to end, and waits for that. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.kill(signal);
    await this.exited;
  }

  private async change(): Promise<void> {
    if (this.logPath !== undefined) {
      await sleep(POLL_MS);
      return;
    }
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }
}

/** A Node program of `bench/`, told its options as JSON. */
export function startNode(
  path: string,
  options: unknown,
  nodeArgs: readonly string[] = [],
  childOptions: ChildOptions = {},
): Child {
  return new Child(process.execPath, [...nodeArgs, path, JSON.stringify(options)], childOptions);
}
