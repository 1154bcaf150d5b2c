/**
 * Detects that the directory of a running central, or a file in it, was removed, moved or replaced: each
 * configured path must still lead to the open file. Otherwise bets would go to an unreachable file, and
 * writes by path to files that the central did not open. The files of the journal must also hold what the
 * central has written: a backup that is copied over them leaves the same files with another state.
 */
import { LoteriaError, messageOf } from '../../../base/errors';
import { storeError } from '../../store-error';
import type { FileDescriptor, FileIdentity, Files } from './files';

const NO_DIFFERENCE = (): string | null => null;

interface Watched {
  readonly path: string;
  readonly identity: FileIdentity;
  /** Open for as long as the file is watched, so that no other file can get its identity. */
  readonly fd: FileDescriptor | null;
  readonly difference: () => string | null;
}

export class StoreGuard {
  private readonly watched: Watched[] = [];

  constructor(private readonly files: Files) {}

  /**
   * Watches `path`: it must lead to the file open as `fd`, which must stay open.
   *
   * @param difference returns what somebody else has changed in the file; null: nothing. It has to be quick
   * @throws LoteriaError STORE_IO
   */
  watch(path: string, fd: FileDescriptor, difference = NO_DIFFERENCE): void {
    try {
      this.watched.push({ path, fd, identity: this.files.identityOf(fd), difference });
    } catch (error) {
      throw storeError(path, error);
    }
  }

  /** The same for what cannot be opened: a socket. */
  watchSocket(path: string, identity: FileIdentity): void {
    this.watched.push({ path, fd: null, identity, difference: NO_DIFFERENCE });
  }

  /**
   * Looks at every path once, and at the files.
   *
   * @throws LoteriaError STORE_IO, which names the first path that leads elsewhere, or to something else
   */
  check(): void {
    for (const watched of this.watched) {
      this.checkPath(watched);
      checkContent(watched);
    }
  }

  private checkPath({ path, identity, fd }: Watched): void {
    let found: FileIdentity | null;
    try {
      found = this.files.identityAt(path);
      if (found === identity) return;
      // Not every file system keeps to the identity that it gave when a file was opened.
      if (found !== null && fd !== null && found === this.files.identityOf(fd)) return;
    } catch (error) {
      throw lost(path, messageOf(error), error);
    }
    throw lost(path, found === null ? 'it is not there any more' : 'another one is in its place');
  }
}

function checkContent({ path, difference }: Watched): void {
  let found: string | null;
  try {
    found = difference();
  } catch (error) {
    throw storeError(path, error);
  }
  if (found === null) return;
  throw new LoteriaError(
    'STORE_IO',
    `${path}: changed in place while the central used it (${found}); restore the whole directory ` +
      'from a backup while no central runs, and start again',
  );
}

function lost(path: string, what: string, cause?: unknown): LoteriaError {
  return new LoteriaError(
    'STORE_IO',
    `${path}: removed, moved or replaced while the central used it (${what}); ` +
      'put back what was there, and start again',
    { cause },
  );
}

/** File operations that change a path only while every watched path is unchanged. */
export function guardedFiles(files: Files, guard: StoreGuard): Files {
  return {
    open: (path, create) => {
      if (create) guard.check();
      try {
        return files.open(path, create);
      } catch (error) {
        // A file that is gone with its directory is not what is wrong.
        guard.check();
        throw error;
      }
    },
    close: (fd) => {
      files.close(fd);
    },
    read: (fd, into, position) => files.read(fd, into, position),
    write: (fd, from, position) => files.write(fd, from, position),
    size: (fd) => files.size(fd),
    truncate: (fd, bytes) => {
      files.truncate(fd, bytes);
    },
    sync: (fd) => {
      files.sync(fd);
    },
    syncLater: (fd, done) => {
      files.syncLater(fd, done);
    },
    exists: (path) => files.exists(path),
    identityAt: (path) => files.identityAt(path),
    identityOf: (fd) => files.identityOf(fd),
    rename: (from, to) => {
      guard.check();
      files.rename(from, to);
    },
    remove: (path) => {
      guard.check();
      files.remove(path);
    },
    makeDirectory: (path) => {
      guard.check();
      files.makeDirectory(path);
    },
    syncDirectory: (path) => {
      files.syncDirectory(path);
    },
  };
}
