/** A pipe for a program's log that is read when a test says so, and not before. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOTERIA, Program, temporaryDirectory, type Server } from './program';

const WAIT_MS = 15_000;
const BLOCK = Buffer.alloc(65_536);

export class LogPipe {
  readonly path: string;
  private readonly fd: number;
  private rest = '';
  readonly lines: string[] = [];

  constructor() {
    this.path = join(temporaryDirectory(), 'log');
    execFileSync('mkfifo', [this.path]);
    // Open for both directions, a FIFO waits for nobody, and stays when its writer goes.
    this.fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Takes what is in the pipe now. @returns whether there was anything */
  read(): boolean {
    try {
      const count = readSync(this.fd, BLOCK);
      const parts = (this.rest + BLOCK.toString('utf8', 0, count)).split('\n');
      this.rest = parts.pop() ?? '';
      this.lines.push(...parts);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      return false;
    }
  }

  /** Reads until a line contains `text`. */
  async readUntil(text: string): Promise<string> {
    const deadline = performance.now() + WAIT_MS;
    for (let seen = 0; ;) {
      for (; seen < this.lines.length; seen++) {
        const line = this.lines[seen] ?? '';
        if (line.includes(text)) return line;
      }
      if (this.read()) continue;
      if (performance.now() > deadline) throw new Error(`no "${text}" in the pipe`);
      await sleep(5);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A server that logs into a pipe, which was read up to the line that names its port. */
export async function startServerIntoPipe(
  pipe: LogPipe,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const dataDirectory = temporaryDirectory();
  // The shell becomes the server: its process id is the server's.
  const script = 'exec "$0" "$1" server >"$2"';
  const program = new Program(
    'bash',
    ['-c', script, process.execPath, LOTERIA, pipe.path],
    { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', DATA_DIR: dataDirectory, ...env },
    dataDirectory,
  );
  const line = await pipe.readUntil('action: listen | result: success');
  return { program, port: Number(/port: (\d+)/.exec(line)?.[1]), dataDirectory };
}
