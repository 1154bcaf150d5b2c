/** Changes of the number of agencies that were made between two lives, and must be kept for ever. */
import type { AgenciesChange } from '../../src/store/terms';
import type { World } from './world';

export class AgenciesChanges {
  private readonly kept: AgenciesChange[] = [];
  /** It was on its way when the power went. */
  private offered: AgenciesChange | null = null;

  constructor(private readonly world: World) {}

  offer(change: AgenciesChange): void {
    this.offered = change;
  }

  /** What was offered is durable. */
  keep(): void {
    if (this.offered !== null) this.kept.push(this.offered);
    this.offered = null;
  }

  /** What is stored must be what was kept, and perhaps what was offered. */
  check(stored: readonly AgenciesChange[], where: string): void {
    const text = JSON.stringify(stored);
    const allowed = [this.kept, ...(this.offered === null ? [] : [[...this.kept, this.offered]])];
    if (allowed.some((changes) => JSON.stringify(changes) === text)) return;
    this.world.fail('agencies', `${where}: ${text}, not ${JSON.stringify(this.kept)}`);
  }

  /** As the acta names them. */
  get inActa(): readonly unknown[] {
    return this.kept.map(({ from, to, timeMs }) => {
      return { time: new Date(timeMs).toISOString(), from, to };
    });
  }
}
