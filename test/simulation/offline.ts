/** What is done with the directory of the central while none runs. */
import { WINNERS_NAME } from '../../src/store/file/winners/winners-file';
import type { MemoryFiles } from '../support/memory-files';
import { DIRECTORY } from './central-settings';
import type { DiskDamage } from './disk-damage';
import type { Operator } from './operator';
import type { Referee } from './referee';
import type { World } from './world';

const WINNERS_PATH = `${DIRECTORY}/${WINNERS_NAME}`;

export class Offline {
  constructor(
    private readonly world: World,
    private readonly referee: Referee,
    private readonly operator: Operator,
    private readonly damage: DiskDamage,
  ) {}

  /**
   * @param mustSettle no change of the number of agencies, and no salt, may wait any longer
   * @returns the disk afterwards
   */
  work(disk: MemoryFiles, mustSettle: boolean): MemoryFiles {
    const { operator, damage } = this;
    const { random } = this.world;
    const { number } = this.referee.book;
    this.loseWinnersFile(disk);
    const awaitsSalt = number.plan.kind === 'beacon';
    if (mustSettle && (!operator.isSettled || awaitsSalt)) damage.restore(disk);
    if (damage.isPending) return disk;
    if (random.chance(0.05)) operator.tryOtherSettings(disk);
    let left = disk;
    while (!operator.isSettled && (mustSettle || random.chance(0.4))) {
      const before = operator.agencies;
      left = operator.changeAgencies(left);
      if (operator.agencies === before) break;
    }
    return awaitsSalt && (mustSettle || random.chance(0.4)) ? operator.recordSalt(left) : left;
  }

  /** Sometimes somebody has removed what can be found again. */
  private loseWinnersFile(disk: MemoryFiles): void {
    if (!this.world.random.chance(0.1) || !disk.exists(WINNERS_PATH)) return;
    this.world.note('disk', 'loses', WINNERS_PATH);
    disk.remove(WINNERS_PATH);
    disk.syncDirectory(DIRECTORY);
    this.referee.disk.mayLackWinnersFile = true;
  }
}
