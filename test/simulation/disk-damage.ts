/** Somebody changes bytes of stored files, and puts them back when the central refuses them. */
import type { MemoryFiles } from '../support/memory-files';
import type { World } from './world';

/** What was changed. Its bytes at this place are these whenever the file is as it should be. */
interface Patch {
  readonly path: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

const HOW = ['digit', 'byte', 'zeros', 'truncated'] as const;
/** Bytes that turn to zeros at once, at most. */
const ZEROS_MAX = 600;
const DIGIT = /[0-9]/;

export class DiskDamage {
  private readonly patches: Patch[] = [];

  constructor(private readonly world: World) {}

  /** Whether a refusal is due to what was done to the files. */
  explains(message: string): boolean {
    return this.patches.some(({ path }) => message.includes(path));
  }

  /** Whether a file may hold something else than what was written to it. */
  get isPending(): boolean {
    return this.patches.length > 0;
  }

  /** Changes one of the files that are there, if one has any bytes. */
  inflict(disk: MemoryFiles, paths: readonly string[]): void {
    const { random } = this.world;
    const contents = disk.contents();
    const path = random.any(paths.filter((name) => (contents.get(name)?.length ?? 0) > 0));
    const before = path === undefined ? undefined : contents.get(path);
    if (path === undefined || before === undefined) return;
    const how = random.pick(HOW);
    const offset = this.anyOffset(before, how === 'digit');
    const end = how === 'truncated' ? before.length : offset + this.anyLength(how);
    const bytes = before.subarray(offset, end);
    // What a power loss has left is not what anybody has a copy of.
    if (bytes[0] === 0) return;
    this.world.note('disk', `${how} changed in`, path, offset, bytes.length);
    this.patches.push({ path, offset, bytes });
    disk.tamper(path, (file) => {
      if (how === 'truncated') file.truncate(offset);
      else if (how === 'zeros') file.write(Buffer.alloc(bytes.length), offset);
      else file.write(Buffer.from([this.otherByte(bytes[0] ?? 0, how === 'digit')]), offset);
    });
  }

  /** Puts back what was changed, as somebody with a copy of the files does. */
  restore(disk: MemoryFiles): void {
    this.mend(disk);
    this.patches.length = 0;
  }

  /** A file was made anew. */
  forget(path: string): void {
    const others = this.patches.filter((patch) => patch.path !== path);
    this.patches.splice(0, this.patches.length, ...others);
  }

  /** Puts back what was changed, on a copy of the disk. */
  mend(disk: MemoryFiles): void {
    for (const patch of [...this.patches].reverse()) {
      disk.tamper(patch.path, (file) => {
        file.write(mended(file.content(), patch), 0);
        file.beginSync()(true);
      });
    }
  }

  /** The files as they would be without the changes. */
  undo(contents: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
    const undone = new Map(contents);
    for (const patch of [...this.patches].reverse()) {
      const found = undone.get(patch.path);
      if (found !== undefined) undone.set(patch.path, mended(found, patch));
    }
    return undone;
  }

  private anyLength(how: (typeof HOW)[number]): number {
    return how === 'zeros' ? this.world.random.int(1, ZEROS_MAX) : 1;
  }

  private anyOffset(bytes: Buffer, inDigit: boolean): number {
    const { random } = this.world;
    const first = random.int(0, bytes.length - 1);
    if (!inDigit) return first;
    const behind = bytes.subarray(first).findIndex((byte) => isDigit(byte));
    return behind < 0 ? first : first + behind;
  }

  /** What looks right is the hardest to notice. */
  private otherByte(byte: number, asDigit: boolean): number {
    const { random } = this.world;
    if (asDigit && isDigit(byte)) return 0x30 + ((byte - 0x30 + random.int(1, 9)) % 10);
    return byte ^ (1 << random.int(0, 7));
  }
}

/** A zero is what a power loss has left: the central knows better. */
function mended(found: Buffer, { offset, bytes }: Patch): Buffer {
  const whole = Buffer.alloc(Math.max(found.length, offset + bytes.length));
  found.copy(whole);
  for (const [i, byte] of bytes.entries()) if (byte !== 0) whole[offset + i] = byte;
  return whole;
}

function isDigit(byte: number): boolean {
  return DIGIT.test(String.fromCharCode(byte));
}
