/**
 * Keeps a second central away from a directory.
 *
 * The lock is a listening Unix socket in the directory: it lives exactly as long as its process,
 * so that a killed central leaves nothing behind that blocks the next one (a file with a process
 * id would: in containers every central is process 1). It also holds between containers that
 * share the directory. Node has no flock(2).
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { LoteriaError, messageOf, systemErrorCode } from '../base/errors';
import { storeError } from './store-error';

export const LOCK_NAME = 'lock';
const ANSWER_TIMEOUT_MS = 2_000;

export class DirectoryLock {
  private constructor(
    private readonly server: Server,
    private readonly directoryFd: number,
  ) {}

  /** @throws LoteriaError STORE_LOCKED, STORE_IO */
  static async acquire(directory: string): Promise<DirectoryLock> {
    try {
      return await DirectoryLock.take(directory);
    } catch (error) {
      throw storeError(directory, error);
    }
  }

  private static async take(directory: string): Promise<DirectoryLock> {
    const directoryFd = fs.openSync(directory, 'r');
    try {
      const path = socketPath(directory, directoryFd);
      await removeStale(path, directory);
      const token = randomBytes(16).toString('hex');
      const server = await listen(path, token, directory);
      // Two centrals may have found the same stale lock; only one of them is at the path now.
      if ((await ask(path)) !== token) {
        server.close();
        throw locked(directory);
      }
      return new DirectoryLock(server, directoryFd);
    } catch (error) {
      fs.closeSync(directoryFd);
      throw error;
    }
  }

  /** Whether somebody holds a directory, and answers. */
  static async isHeld(directory: string): Promise<boolean> {
    const directoryFd = fs.openSync(directory, 'r');
    try {
      const answer = await ask(socketPath(directory, directoryFd));
      return answer !== null && answer !== '';
    } finally {
      fs.closeSync(directoryFd);
    }
  }

  /** Gives the directory free; closing the server removes its socket. */
  release(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        fs.closeSync(this.directoryFd);
        resolve();
      });
    });
  }
}

/** The path of a Unix socket is short (108 bytes); on Linux a descriptor stands for the rest. */
function socketPath(directory: string, directoryFd: number): string {
  return process.platform === 'linux'
    ? `/proc/self/fd/${String(directoryFd)}/${LOCK_NAME}`
    : join(directory, LOCK_NAME);
}

function locked(directory: string): LoteriaError {
  return new LoteriaError(
    'STORE_LOCKED',
    `${directory}: another central is using this directory; stop it or choose another DATA_DIR`,
  );
}

async function removeStale(path: string, directory: string): Promise<void> {
  if (!fs.existsSync(path)) return;
  if ((await ask(path)) !== null) throw locked(directory);
  // Move it aside before looking again: what was moved may be a lock that was taken just now.
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await ask(aside)) === null) {
    fs.unlinkSync(aside);
    return;
  }
  fs.renameSync(aside, path);
  throw locked(directory);
}

function listen(path: string, token: string, directory: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(token);
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = systemErrorCode(error) === 'EADDRINUSE';
      reject(
        taken
          ? locked(directory)
          : new LoteriaError('STORE_IO', `${directory}: cannot lock it: ${messageOf(error)}`),
      );
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}

/** What the holder of a lock answers, or null when nobody holds it. */
function ask(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      socket.destroy();
      // Somebody took the connection: the holder is alive, though busy.
      resolve('');
    });
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('end', () => {
      resolve(answer);
    });
    socket.on('error', (error) => {
      // Anything but a plain refusal may be a holder that is too busy to answer.
      const code = systemErrorCode(error);
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK' ? null : '');
    });
  });
}
