/** The simulated disk as a process sees it: a sync that it does not wait for takes a while. */
import type { FileDescriptor, FileIdentity, Files } from '../../src/store/file/directory/files';
import type { MemoryFiles } from '../support/memory-files';
import type { SimProcess } from './sim-process';

export class SimFiles implements Files {
  /** @param syncMsMax how long such a sync takes at most */
  constructor(
    private readonly disk: MemoryFiles,
    private readonly process: SimProcess,
    private readonly syncMsMax: number,
  ) {}

  open(path: string, create: boolean): FileDescriptor {
    return this.disk.open(path, create);
  }

  close(fd: FileDescriptor): void {
    this.disk.close(fd);
  }

  read(fd: FileDescriptor, into: Buffer, position: number): number {
    return this.disk.read(fd, into, position);
  }

  write(fd: FileDescriptor, from: readonly Uint8Array[], position: number): number {
    return this.disk.write(fd, from, position);
  }

  size(fd: FileDescriptor): number {
    return this.disk.size(fd);
  }

  truncate(fd: FileDescriptor, bytes: number): void {
    this.disk.truncate(fd, bytes);
  }

  sync(fd: FileDescriptor): void {
    this.disk.sync(fd);
  }

  syncLater(fd: FileDescriptor, done: (error: Error | null) => void): void {
    this.disk.syncLater(fd, done);
    const { random } = this.process.world;
    // One of those under way completes, not always the oldest.
    this.process.after(random.int(0, this.syncMsMax), () => {
      this.disk.completeSync(random.int(0, this.disk.pendingSyncs.length - 1));
    });
  }

  exists(path: string): boolean {
    return this.disk.exists(path);
  }

  identityAt(path: string): FileIdentity | null {
    return this.disk.identityAt(path);
  }

  identityOf(fd: FileDescriptor): FileIdentity {
    return this.disk.identityOf(fd);
  }

  rename(from: string, to: string): void {
    this.disk.rename(from, to);
  }

  remove(path: string): void {
    this.disk.remove(path);
  }

  makeDirectory(path: string): void {
    this.disk.makeDirectory(path);
  }

  syncDirectory(path: string): void {
    this.disk.syncDirectory(path);
  }
}
