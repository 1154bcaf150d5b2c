/**
 * A disk in memory, for tests of what must survive: {@link Files} with the freedom that a real one
 * has, and no more.
 *
 * - Written bytes are safe once a sync that began after them has succeeded; `memory-file.ts` says
 *   what a power loss does to others. After a failed sync nobody knows, and trying again does not
 *   help (as on Linux).
 * - Names that were created, renamed or removed are safe once their directory is synced. Before,
 *   a power loss may undo the latest of them, in order, each whole. Directories themselves are safe
 *   at once.
 * - `syncLater` completes when the test says so, in any order.
 * - Any call can fail (but `exists`, which has no way to), any write can be short, and the power
 *   can go at any call.
 *
 * Wrong use is an error: an unknown descriptor, one that is closed while a sync of it is under way.
 */
import { dirname } from 'node:path';
import type { FileDescriptor, FileIdentity, Files } from '../../src/store/file/directory/files';
import { PowerLossError, systemError, type FaultRule, type FileCall } from './memory-faults';
import { MemoryFile, type Random } from './memory-file';
import { MemoryNames } from './memory-names';

interface OpenFile {
  readonly file: MemoryFile;
  readonly path: string;
}

interface PendingSync {
  readonly fd: FileDescriptor;
  readonly path: string;
  readonly complete: () => void;
}

export class MemoryFiles implements Files {
  readonly calls: FileCall[] = [];
  private readonly descriptors = new Map<FileDescriptor, OpenFile>();
  private nextDescriptor = 100;
  private syncs: PendingSync[] = [];
  private hasPower = true;
  private powerLossAt = Infinity;
  private fault: FaultRule = () => null;
  private takenOf: (bytes: number) => number = (bytes) => bytes;

  private constructor(private readonly names: MemoryNames) {}

  /** A disk on which these files, and their directories, are durable. */
  static holding(contents: ReadonlyMap<string, Buffer>): MemoryFiles {
    const names = new MemoryNames();
    for (const [path, bytes] of contents) names.addDurable(path, bytes);
    return new MemoryFiles(names);
  }

  /** A disk with nothing but a directory. */
  static withDirectory(path: string): MemoryFiles {
    const names = new MemoryNames();
    names.addDirectory(path);
    return new MemoryFiles(names);
  }

  // What a test does to the disk.

  failWhen(rule: FaultRule): void {
    this.fault = rule;
  }

  /** @param takenOf how many of a write's bytes are taken; at least one is */
  shortenWrites(takenOf: (bytes: number) => number): void {
    this.takenOf = takenOf;
  }

  /** The power goes when the call with this index begins; {@link crash} must follow. */
  losePowerAt(index: number): void {
    this.powerLossAt = index;
  }

  /** Files of the syncs under way, oldest first. */
  get pendingSyncs(): readonly string[] {
    return this.syncs.map(({ path }) => path);
  }

  /** Completes a sync under way. Returns false when there is none. */
  completeSync(which = 0): boolean {
    const [sync] = this.syncs.splice(which, 1);
    sync?.complete();
    return sync !== undefined;
  }

  /** Ends this disk's life in a power loss, and begins the next one. */
  crash(random: Random): MemoryFiles {
    this.die();
    return new MemoryFiles(this.names.afterPowerLoss(random));
  }

  /** What a power loss at this moment would leave, while this disk goes on. */
  ifPowerWent(random: Random): MemoryFiles {
    return new MemoryFiles(this.names.afterPowerLoss(random));
  }

  /** Ends the process that uses the disk, not the system: what it wrote is still on its way. */
  kill(): MemoryFiles {
    this.die();
    return new MemoryFiles(this.names);
  }

  /** Somebody else changes a file, if it is there; no call of this process is counted. */
  tamper(path: string, change: (file: MemoryFile) => void): void {
    const file = this.names.get(path);
    if (file !== undefined) change(file);
  }

  /**
   * Somebody takes a file away, or puts a copy in its place, under the process that has it open; what
   * belongs there is on the disk all the same, and is found again after {@link putBack}.
   */
  displace(path: string, byCopy: boolean): void {
    const file = this.names.get(path);
    if (file !== undefined)
      this.names.displace(path, byCopy ? new MemoryFile(file.content()) : null);
  }

  putBack(): void {
    this.names.putBack();
  }

  // What a test may look at.

  get openDescriptors(): number {
    return this.descriptors.size;
  }

  /** All files as programs see them now, copied. */
  contents(): Map<string, Buffer> {
    return new Map([...this.names.entries()].map(([path, file]) => [path, file.content()]));
  }

  /** What belongs at a path, copied; null: nothing does. */
  contentOf(path: string): Buffer | null {
    return this.names.ownFile(path)?.content() ?? null;
  }

  // The interface.

  open(path: string, create: boolean): FileDescriptor {
    return this.call('open', path, () => {
      let file = this.names.get(path);
      if (file === undefined) {
        if (!create || !this.names.hasDirectory(dirname(path))) throw systemError('ENOENT', path);
        file = this.names.create(path);
      }
      this.descriptors.set(++this.nextDescriptor, { file, path });
      return this.nextDescriptor;
    });
  }

  close(fd: FileDescriptor): void {
    const { path } = this.opened(fd);
    if (this.syncs.some((sync) => sync.fd === fd)) throw new Error('closed during a sync');
    // The system lets go of the descriptor even when it reports an error.
    this.descriptors.delete(fd);
    this.call('close', path, () => undefined);
  }

  read(fd: FileDescriptor, into: Buffer, position: number): number {
    const { file, path } = this.opened(fd);
    return this.call('read', path, () => file.read(into, position));
  }

  write(fd: FileDescriptor, from: readonly Uint8Array[], position: number): number {
    const { file, path } = this.opened(fd);
    return this.call('write', path, () => {
      const bytes = Buffer.concat(from);
      const taken = Math.min(bytes.length, Math.max(1, this.takenOf(bytes.length)));
      file.write(bytes.subarray(0, taken), position);
      return taken;
    });
  }

  size(fd: FileDescriptor): number {
    const { file, path } = this.opened(fd);
    return this.call('size', path, () => file.length);
  }

  truncate(fd: FileDescriptor, bytes: number): void {
    const { file, path } = this.opened(fd);
    this.call('truncate', path, () => {
      file.truncate(bytes);
    });
  }

  sync(fd: FileDescriptor): void {
    const { finish, failure } = this.beginSync('sync', fd);
    finish();
    if (failure !== null) throw failure;
  }

  syncLater(fd: FileDescriptor, done: (error: Error | null) => void): void {
    const { path } = this.opened(fd);
    const { finish, failure } = this.beginSync('syncLater', fd);
    const complete = (): void => {
      finish();
      done(failure);
    };
    this.syncs.push({ fd, path, complete });
  }

  exists(path: string): boolean {
    const isThere = this.names.get(path) !== undefined || this.names.hasDirectory(path);
    return this.call('exists', path, () => isThere);
  }

  identityAt(path: string): FileIdentity | null {
    return this.call('identityAt', path, () => {
      const file = this.names.get(path);
      if (file !== undefined) return file.identity;
      return this.names.hasDirectory(path) ? path : null;
    });
  }

  identityOf(fd: FileDescriptor): FileIdentity {
    const { file, path } = this.opened(fd);
    return this.call('identityOf', path, () => file.identity);
  }

  rename(from: string, to: string): void {
    this.call('rename', from, () => {
      const file = this.names.get(from);
      if (file === undefined) throw systemError('ENOENT', from);
      this.names.rename(from, to, file);
    });
  }

  remove(path: string): void {
    this.call('remove', path, () => {
      this.names.remove(path);
    });
  }

  makeDirectory(path: string): void {
    this.call('makeDirectory', path, () => {
      this.names.addDirectory(path);
    });
  }

  syncDirectory(path: string): void {
    this.call('syncDirectory', path, () => {
      this.names.sync(path);
    });
  }

  private call<T>(kind: keyof Files, path: string, action: () => T): T {
    const failure = this.begin(kind, path);
    if (failure !== null) throw failure;
    return action();
  }

  /** Counts a call, and says how it is to fail, if at all. */
  private begin(kind: keyof Files, path: string): Error | null {
    const call: FileCall = { index: this.calls.length, kind, path };
    if (call.index >= this.powerLossAt) this.die();
    if (!this.hasPower) throw new PowerLossError(`${kind} ${path}`);
    this.calls.push(call);
    const code = kind === 'exists' ? null : this.fault(call);
    return code === null ? null : systemError(code, `${kind} ${path}`);
  }

  private beginSync(
    kind: 'sync' | 'syncLater',
    fd: FileDescriptor,
  ): { finish: () => void; failure: Error | null } {
    const { file, path } = this.opened(fd);
    const failure = this.begin(kind, path);
    const end = file.beginSync();
    const finish = (): void => {
      end(failure === null);
    };
    return { finish, failure };
  }

  private opened(fd: FileDescriptor): OpenFile {
    const open = this.descriptors.get(fd);
    if (open === undefined) throw systemError('EBADF', String(fd));
    return open;
  }

  private die(): void {
    this.hasPower = false;
    this.syncs = [];
  }
}
