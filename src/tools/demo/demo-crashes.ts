/** Kills the demo's central on the way, so that one can see that nothing is lost. */
import type { DemoCentral } from './demo-central';

export interface CrashesOptions {
  readonly central: Pick<DemoCentral, 'crash'>;
  /** Bets of all agencies. */
  readonly bets: number;
  /** How often the central is killed: each time after an equal part of the bets. */
  readonly times: number;
  /** Shows people what happens. */
  readonly note: (text: string) => void;
}

export class Crashes {
  private stored = 0;
  private done = 0;
  private isBusy = false;
  private work: Promise<void> = Promise.resolve();
  private onFailure: (error: unknown) => void = () => undefined;

  constructor(private readonly options: CrashesOptions) {}

  /** The bets that the central has acknowledged so far: it may be time. */
  update(stored: number): void {
    this.stored = stored;
    if (this.isBusy || !this.isDue()) return;
    this.isBusy = true;
    this.work = this.crashWhileDue();
    this.work.catch((error: unknown) => {
      this.onFailure(error);
    });
  }

  /**
   * Waits until the agencies have ended, and the central is back if it was killed.
   *
   * @param agencies rejects when one of them fails
   * @throws LoteriaError GAVE_UP as soon as an agency fails, or the central does not come back
   */
  async during(agencies: Promise<void>): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.onFailure = reject;
    });
    await Promise.race([agencies, failed]);
    await this.work;
  }

  private isDue(): boolean {
    const { bets, times } = this.options;
    return this.done < times && this.stored >= (bets * (this.done + 1)) / (times + 1);
  }

  private async crashWhileDue(): Promise<void> {
    while (this.isDue()) await this.crash();
    this.isBusy = false;
  }

  private async crash(): Promise<void> {
    const { central, times, note } = this.options;
    this.done++;
    const which = times === 1 ? '' : `, ${String(this.done)} of ${String(times)} times`;
    note(`The central is killed (SIGKILL${which}) with ${String(this.stored)} bets acknowledged.`);
    const recovery = await central.crash();
    if (recovery === null) return;
    const { bets, seconds } = recovery;
    note(
      `It is back after ${seconds.toFixed(1)} s with ${String(bets)} bets; the agencies resume.`,
    );
  }
}
