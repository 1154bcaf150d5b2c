/** The names of the simulated disk's files: which are there, and which survive a power loss. */
import { dirname } from 'node:path';
import { MemoryFile, type Random } from './memory-file';

type Names = Map<string, MemoryFile>;

/** What one call changes, as a whole: the file of each path, or null for none. */
type NameChange = readonly (readonly [path: string, file: MemoryFile | null])[];

export class MemoryNames {
  private readonly directories = new Set(['/']);
  private readonly current: Names = new Map();
  private readonly durable: Names = new Map();
  /** What programs find instead of the file that belongs there; null: nothing. */
  private readonly displaced = new Map<string, MemoryFile | null>();
  /** Changes by directory since it was synced, oldest first. */
  private readonly unsynced = new Map<string, NameChange[]>();

  /** Adds a file that is durable, with its directories. */
  addDurable(path: string, bytes: Buffer): void {
    const file = new MemoryFile(bytes);
    this.current.set(path, file);
    this.durable.set(path, file);
    this.addDirectory(dirname(path));
  }

  addDirectory(path: string): void {
    for (let at = path; at !== dirname(at); at = dirname(at)) this.directories.add(at);
  }

  hasDirectory(path: string): boolean {
    return this.directories.has(path);
  }

  get(path: string): MemoryFile | undefined {
    const instead = this.displaced.get(path);
    return instead === undefined ? this.current.get(path) : (instead ?? undefined);
  }

  /** What belongs there, whatever programs find. */
  ownFile(path: string): MemoryFile | undefined {
    return this.current.get(path);
  }

  entries(): IterableIterator<[string, MemoryFile]> {
    return this.current.entries();
  }

  /** From now on programs find this at a path; what belongs there is as it was. */
  displace(path: string, instead: MemoryFile | null): void {
    this.displaced.set(path, instead);
  }

  /** Programs find again what belongs there. */
  putBack(): void {
    this.displaced.clear();
  }

  create(path: string): MemoryFile {
    const file = new MemoryFile();
    this.change([[path, file]]);
    return file;
  }

  rename(from: string, to: string, file: MemoryFile): void {
    if (dirname(from) !== dirname(to)) throw new Error('names move within one directory');
    this.change([
      [from, null],
      [to, file],
    ]);
  }

  remove(path: string): void {
    if (this.current.has(path)) this.change([[path, null]]);
  }

  sync(directory: string): void {
    for (const change of this.unsynced.get(directory) ?? []) apply(this.durable, change);
    this.unsynced.delete(directory);
  }

  /** The names, and what is left of their files, as a power loss leaves them. */
  afterPowerLoss(random: Random): MemoryNames {
    const left = new Map(this.durable);
    for (const changes of this.unsynced.values()) {
      const kept = Math.floor(random() * (changes.length + 1));
      for (const change of changes.slice(0, kept)) apply(left, change);
    }
    const survivors = new MemoryNames();
    for (const directory of this.directories) survivors.addDirectory(directory);
    for (const [path, file] of left) survivors.addDurable(path, file.afterPowerLoss(random));
    return survivors;
  }

  private change(change: NameChange): void {
    const foreign = change.find(([path]) => this.displaced.has(path));
    if (foreign !== undefined) throw new Error(`a change of what is no longer ours: ${foreign[0]}`);
    const directory = dirname(change[0]?.[0] ?? '/');
    this.unsynced.set(directory, [...(this.unsynced.get(directory) ?? []), change]);
    apply(this.current, change);
  }
}

function apply(names: Names, change: NameChange): void {
  for (const [path, file] of change) {
    if (file === null) names.delete(path);
    else names.set(path, file);
  }
}
