/** Runs the built programs as processes of their own, and never leaves one behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
export const LOTERIA = join(ROOT, 'bin', 'loteria');
const WAIT_MS = 15_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<Program>();
const directories: string[] = [];

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-test-'));
  directories.push(directory);
  return directory;
}

/** Ends what a test started, and what was started at the end of that; to be called after each test. */
export async function cleanUp(): Promise<void> {
  while (running.size > 0) {
    const left = [...running];
    for (const program of left) program.signal('SIGKILL');
    await Promise.all(left.map((program) => program.exited));
  }
  for (const directory of directories.splice(0)) {
    rmSync(directory, { recursive: true, force: true });
  }
}

export class Program {
  readonly exited: Promise<Exit>;
  readonly lines: string[] = [];
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly watchers = new Set<() => void>();
  private readonly listeners: ((line: string) => void)[] = [];
  private over = false;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd: string,
  ) {
    const { PATH = '', HOME = '', NODE_V8_COVERAGE } = process.env;
    const coverage = NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE };
    this.process = spawn(command, args, {
      cwd,
      env: { PATH, HOME, TZ: 'UTC', ...coverage, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.process.pid ?? 0;
    running.add(this);
    this.collect(this.process.stdout);
    this.collect(this.process.stderr);
    // A program that cannot be run ends at once; this is its output.
    this.process.on('error', (error) => this.lines.push(String(error)));
    this.exited = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        running.delete(this);
        this.over = true;
        this.notify();
        resolve({ code, signal });
      });
    });
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.over;
  }

  get output(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Calls `listener` with every line from now on. */
  onLine(listener: (line: string) => void): void {
    this.listeners.push(listener);
  }

  /** Lines that contain `text`. */
  matching(text: string): string[] {
    return this.lines.filter((line) => line.includes(text));
  }

  /** Waits for the n-th line that contains `text`. */
  async waitFor(text: string, count = 1): Promise<string> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const line = this.matching(text)[count - 1];
      if (line !== undefined) return line;
      if (this.over) throw new Error(`ended without "${text}":\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`no "${text}" in time:\n${this.output}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        const wake = (): void => {
          clearTimeout(timer);
          this.watchers.delete(wake);
          resolve();
        };
        this.watchers.add(wake);
      });
    }
  }

  private collect(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
      for (const line of parts) for (const listener of this.listeners) listener(line);
      this.notify();
    });
    stream?.on('end', () => {
      if (rest !== '') this.lines.push(rest);
    });
  }

  private notify(): void {
    for (const wake of [...this.watchers]) wake();
  }
}

/** `loteria ARGS` in a directory without configuration files. */
export function loteria(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = temporaryDirectory(),
): Program {
  return new Program(process.execPath, [LOTERIA, ...args], env, cwd);
}

export interface Server {
  readonly program: Program;
  readonly port: number;
  readonly dataDirectory: string;
}

/** A server that listens on a free port. */
export async function startServer(
  env: Readonly<Record<string, string>> = {},
  dataDirectory = temporaryDirectory(),
): Promise<Server> {
  const program = loteria(['server'], {
    SERVER_MODE: 'lottery',
    SERVER_PORT: '0',
    SERVER_LISTEN_BACKLOG: '64',
    LOGGING_LEVEL: 'INFO',
    DATA_DIR: dataDirectory,
    ...env,
  });
  const line = await program.waitFor('action: listen | result: success');
  const port = Number(/port: (\d+)/.exec(line)?.[1]);
  return { program, port, dataDirectory };
}

/** A client of a server on this machine. */
export function startClient(
  port: number,
  id: number,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Program {
  return loteria(['client', ...args], {
    CLI_MODE: 'lottery',
    CLI_ID: String(id),
    CLI_SERVER_ADDRESS: `127.0.0.1:${String(port)}`,
    CLI_LOOP_AMOUNT: '3',
    CLI_LOOP_PERIOD: '10ms',
    CLI_LOG_LEVEL: 'INFO',
    ...env,
  });
}
