/** Looks at the central's disk as it is, as a power loss would leave it, and as it is at the end. */
import type { StoreState } from '../../src/store/state';
import { Store } from '../../src/store/file/store';
import type { MemoryFiles } from '../support/memory-files';
import { DIRECTORY, type CentralSettings } from './central-settings';
import type { DiskDamage } from './disk-damage';
import type { Referee } from './referee';
import { describe } from './sim-process';
import { CheckFailure, type World } from './world';

export class Inspection {
  constructor(
    private readonly world: World,
    private readonly settings: Pick<CentralSettings, 'edition' | 'segmentBytes'>,
    private readonly referee: Referee,
    private readonly damage: DiskDamage,
  ) {}

  /** All files as they would be if nobody had changed them. */
  filesOf(disk: MemoryFiles): ReadonlyMap<string, Buffer> {
    return this.damage.undo(disk.contents());
  }

  /** One of them. */
  fileOf(disk: MemoryFiles, path: string): Buffer | null {
    const found = disk.contentOf(path);
    return found === null ? null : (this.damage.undo(new Map([[path, found]])).get(path) ?? null);
  }

  /** What a central has taken up must be what was promised. */
  checkTakenUp(disk: MemoryFiles, state: Readonly<StoreState>, where: string): void {
    this.referee.onRecovered({ state, files: this.filesOf(disk) }, where, true);
  }

  /** What would be found if the power went now. */
  imagineCrash(disk: MemoryFiles): void {
    const left = disk.ifPowerWent(this.world.random.next);
    this.damage.mend(left);
    this.recover(left, 'if the power went now', false);
  }

  /** What is found at the end. */
  checkEnd(disk: MemoryFiles): void {
    const left = disk.ifPowerWent(this.world.random.next);
    this.damage.mend(left);
    const { state } = this.recover(left, 'at the end', true);
    this.referee.disk.checkEnd({ state, files: left.contents() });
    this.checkPersisted(disk, 'at the end');
  }

  /** 2020 edition: the file of winners. */
  checkPersisted(disk: MemoryFiles, where: string): void {
    if (this.settings.edition !== '2020') return;
    this.referee.disk.checkPersistedWinners(this.filesOf(disk), where);
  }

  private recover(disk: MemoryFiles, where: string, isReal: boolean): Store {
    const { world, settings, referee } = this;
    let store: Store;
    try {
      const { segmentBytes, edition } = settings;
      const onFailure = (error: unknown): void => {
        world.fail('recovery', describe(where, error));
      };
      store = Store.open({ directory: DIRECTORY, files: disk, segmentBytes, edition, onFailure });
    } catch (error) {
      if (error instanceof CheckFailure) throw error;
      return world.fail('recovery', describe(where, error));
    }
    referee.onRecovered({ state: store.state, files: disk.contents() }, where, isReal);
    return store;
  }
}
