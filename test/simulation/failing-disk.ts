/** Faults of the central's disk, and that nobody goes on after one. */
import type { FaultRule } from '../support/memory-faults';
import type { MemoryFiles } from '../support/memory-files';
import { STOP_MS_MAX } from './central-settings';
import type { SimProcess } from './sim-process';
import type { World } from './world';

export class FailingDisk {
  /** Asked at every call. */
  rule: FaultRule = () => null;
  /** Whether it has failed in this life of the central. */
  hasFailed = false;

  constructor(
    private readonly world: World,
    private readonly shortWrites: boolean,
  ) {}

  /** A life of the central begins on this disk. */
  prepare(disk: MemoryFiles, process: SimProcess): void {
    const { world } = this;
    const { random } = world;
    this.hasFailed = false;
    if (this.shortWrites) {
      disk.shortenWrites((bytes) =>
        random.chance(0.3) ? Math.ceil(random.next() * bytes) : bytes,
      );
    }
    disk.failWhen((call) => {
      const code = this.rule(call);
      if (code !== null && process.isAlive()) {
        world.note('disk', call.kind, call.path, code);
        this.hasFailed = true;
        this.demandEnd(process);
      }
      return code;
    });
  }

  /** Whoever has met a failing disk must end. */
  private demandEnd(process: SimProcess): void {
    this.world.schedule(STOP_MS_MAX, () => {
      if (process.isAlive()) {
        this.world.fail('failed writes', `${process.name} goes on after its disk has failed`);
      }
    });
  }
}
