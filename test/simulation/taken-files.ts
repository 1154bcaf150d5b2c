/** Somebody takes a file away, or puts a copy in its place, under a central that runs. */
import { LIMITS } from '../../src/base/limits';
import { LoteriaError } from '../../src/base/errors';
import type { MemoryFiles } from '../support/memory-files';
import type { Book } from './book';
import type { World } from './world';

export class TakenFiles {
  constructor(
    private readonly world: World,
    private readonly book: Book,
  ) {}

  /**
   * @param paths of files that the central has open
   * @param goesOn asked later: whether the same central still works with its files
   */
  take(disk: MemoryFiles, paths: readonly string[], goesOn: () => boolean): void {
    const { world, book } = this;
    const { random } = world;
    const path = random.any(paths);
    if (path === undefined || book.takenMs !== null) return;
    const byCopy = random.chance(0.5);
    world.note('disk', byCopy ? 'has a copy in the place of' : 'loses the name', path);
    disk.displace(path, byCopy);
    this.watch(path, goesOn);
  }

  /** @param isDurable whether an engine has a draw, of which the central may learn behind what is taken next */
  noteDraw(isDurable: boolean): void {
    if (!this.isPending) this.book.isTakenBehindDraw = isDurable;
  }

  /** The central must end within a tick. */
  private watch(what: string, goesOn: () => boolean): void {
    const { world, book } = this;
    book.takenMs = world.nowMs;
    const takenMs = world.nowMs;
    world.schedule(LIMITS.deadlineTickMs + 1, () => {
      if (book.takenMs !== takenMs || !goesOn()) return;
      world.fail('taken files', `the central goes on although ${what} is not in its place`);
    });
  }

  /**
   * The whole directory is moved elsewhere.
   *
   * @param goesOn as above
   */
  takeAll(disk: MemoryFiles, goesOn: () => boolean): void {
    const { world, book } = this;
    if (book.takenMs !== null) return;
    world.note('disk', 'has its directory moved');
    for (const path of disk.contents().keys()) disk.displace(path, false);
    this.watch('the directory', goesOn);
  }

  /** Whether this is what the central must end with. */
  explains(error: unknown): boolean {
    return (
      this.book.takenMs !== null &&
      error instanceof LoteriaError &&
      error.code === 'STORE_IO' &&
      error.message.includes('removed, moved or replaced')
    );
  }

  get isPending(): boolean {
    return this.book.takenMs !== null;
  }

  /** Somebody puts back what was there. */
  putBack(disk: MemoryFiles): void {
    disk.putBack();
    this.book.takenMs = null;
  }
}
