/**
 * The lock of a directory, which keeps a second central out.
 *
 * The lock is a listening Unix socket in the directory. It exists exactly as long as its process, so a killed
 * central does not block the next one (a file with a process id would: in containers every central is
 * process 1). It also works between containers that share the directory. Node has no flock(2).
 */
import * as fs from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { LoteriaError, messageOf, systemErrorCode } from '../../../base/errors';
import { LIMITS } from '../../../base/limits';
import { MOVE_AWAY, storeError } from '../../store-error';
import { nodeFiles, type FileIdentity } from './files';
import type { StoreGuard } from './guard';

const LOCK_NAME = 'lock';

/** The state of a lock's path. */
type Holder =
  | { readonly kind: 'none' }
  /** Alive, but stopped or too busy to answer. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'answers'; readonly token: string };

export class DirectoryLock {
  private constructor(
    private readonly directory: string,
    private readonly server: Server,
    private readonly directoryFd: number,
    private readonly socketIdentity: FileIdentity,
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
    const directoryFd = openDirectory(directory);
    try {
      const path = socketPath(directory, directoryFd);
      await removeStale(path, directory);
      const token = newToken();
      const server = await listen(path, token, directory);
      const identity = nodeFiles.identityAt(path);
      // Two centrals may have found the same stale lock; only one of them is at the path now.
      const holder = await ask(path, directory);
      if (identity === null || holder.kind !== 'answers' || holder.token !== token) {
        // Our server is not closed: that would remove the path, which is now the other central's lock.
        throw locked(directory);
      }
      return new DirectoryLock(directory, server, directoryFd, identity);
    } catch (error) {
      fs.closeSync(directoryFd);
      throw error;
    }
  }

  /**
   * Whether a central holds the directory; one stopped by SIGSTOP does.
   *
   * @throws LoteriaError STORE_IO when that cannot be determined; errors of opening the directory
   */
  static async isHeld(directory: string): Promise<boolean> {
    return (await holderOf(directory)).kind !== 'none';
  }

  /**
   * Whether the holder of a directory answers, as it does while its event loop turns.
   *
   * @throws as {@link isHeld}
   */
  static async isAnswering(directory: string): Promise<boolean> {
    return (await holderOf(directory)).kind === 'answers';
  }

  /** Lets `guard` watch the directory and the lock itself. @throws LoteriaError STORE_IO */
  watchedBy(guard: StoreGuard): void {
    guard.watch(this.directory, this.directoryFd);
    guard.watchSocket(join(this.directory, LOCK_NAME), this.socketIdentity);
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

/** Tells this central from any other. It is no secret: whoever may connect is told it. */
function newToken(): string {
  return [randomHex(), randomHex(), randomHex(), randomHex()].join('');
}

/** Eight digits. (`node:crypto` would take longer to load than everything else here.) */
function randomHex(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
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

function openDirectory(directory: string): number {
  return fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
}

async function holderOf(directory: string): Promise<Holder> {
  const directoryFd = openDirectory(directory);
  try {
    return await ask(socketPath(directory, directoryFd), directory);
  } finally {
    fs.closeSync(directoryFd);
  }
}

async function removeStale(path: string, directory: string): Promise<void> {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) {
    const lock = join(directory, LOCK_NAME);
    throw new LoteriaError('STORE_IO', `${lock}: is a directory; ${MOVE_AWAY}`);
  }
  if ((await ask(path, directory)).kind !== 'none') throw locked(directory);
  // Move it aside before checking again: it may be a lock that was taken just now.
  const aside = `${path}.${randomHex()}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await ask(aside, directory)).kind === 'none') {
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
      reject(taken ? locked(directory) : storeError(`${directory}: cannot lock it`, error));
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}

/**
 * Probes the path of a lock.
 *
 * @throws LoteriaError STORE_IO when the system does not allow it
 */
function ask(path: string, directory: string): Promise<Holder> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let token = '';
    // The system took the connection: the holder is alive, though stopped or busy.
    const nothingCame = (): void => {
      socket.destroy();
      resolve({ kind: 'silent' });
    };
    socket.setTimeout(LIMITS.lockAnswerMs, nothingCame);
    socket.on('data', (bytes) => {
      token += bytes.toString('latin1');
    });
    socket.on('end', () => {
      if (token === '') nothingCame();
      else resolve({ kind: 'answers', token });
    });
    socket.on('error', (error) => {
      const code = systemErrorCode(error) ?? '';
      if (NOBODY.includes(code)) resolve({ kind: 'none' });
      else if (SOMEBODY.includes(code)) resolve({ kind: 'silent' });
      else reject(cannotAsk(directory, error));
    });
  });
}

/** There is no listener, or no socket at all. */
const NOBODY: readonly string[] = ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'];
/** So many wait for the holder that there is no place for one more, or it ended just now. */
const SOMEBODY: readonly string[] = ['EAGAIN', 'ECONNRESET', 'EPIPE'];

function cannotAsk(directory: string, error: Error): LoteriaError {
  const lock = join(directory, LOCK_NAME);
  return new LoteriaError(
    'STORE_IO',
    `${lock}: cannot ask whether a central is using this directory: ${messageOf(error)}`,
    { cause: error },
  );
}
