/** An agency's program: runs, may crash, and begins again with the same bets. */
import type { Network } from './network';
import { SimProcess } from './sim-process';
import type { World } from './world';

/** What an agency ended with. */
export interface AgencyResult {
  /** Bets that the central has. */
  readonly stored: number;
  /** Winning documents that it received, in order; null: it did not ask. */
  readonly winners: readonly string[] | null;
}

export abstract class AgencyProgram {
  protected process: SimProcess | null = null;
  protected finished = false;
  protected lives = 0;

  constructor(
    protected readonly world: World,
    protected readonly network: Network,
    private readonly name: string,
  ) {}

  /** Whether it has done what it was started for, or was told to leave that to another program. */
  get hasEnded(): boolean {
    return this.finished;
  }

  /** Whether it may end in the middle of things and come back. */
  get canCrash(): boolean {
    return this.process !== null && !this.finished;
  }

  start(): void {
    const process = new SimProcess(this.world, `${this.name}.${String(++this.lives)}`);
    this.process = process;
    this.begin(process);
  }

  /** Ends in the middle of things, and comes back. */
  crash(afterMs: number): void {
    const { process, world } = this;
    if (process === null) return;
    world.note(process.name, 'crashes');
    this.end(process);
    this.comeBack(afterMs);
  }

  /** Ends in good order, and comes back. */
  stop(afterMs: number): void {
    const { process } = this;
    if (process === null) return;
    process.run(() => {
      this.stopClient();
    });
    this.comeBack(afterMs);
  }

  protected abstract begin(process: SimProcess): void;

  protected abstract stopClient(): void;

  /** The system takes back what the process had. */
  protected end(process: SimProcess): void {
    process.die();
    this.network.processDied(process, false);
  }

  protected comeBack(afterMs: number): void {
    this.process = null;
    this.world.schedule(afterMs, () => {
      this.start();
    });
  }
}
