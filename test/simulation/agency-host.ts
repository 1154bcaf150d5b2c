/** An agency's program: runs, may crash, and begins again with the same file. */
import { AgencyClient } from '../../src/client/agency-client';
import type { AgencyOutcome } from '../../src/client/agency-session';
import type { Batch, BetSource } from '../../src/client/batch';
import { SingleBet } from '../../src/client/single-bet-source';
import { FileSource } from './file-source';
import type { AgencyInput } from './input';
import type { Network } from './network';
import { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';
import type { World } from './world';

/** What a program of an agency is to do. */
export interface AgencyTask {
  readonly input: AgencyInput;
  /** Send only the bet at this index, on its own; null: the whole file, then ask for winners. */
  readonly singleBet: number | null;
  readonly window: number;
  readonly batchBetsMax: number;
  readonly sourceMsMax: number;
}

export class AgencyHost {
  private process: SimProcess | null = null;
  private client: AgencyClient | null = null;
  private finished = false;
  private lives = 0;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly name: string,
    private readonly task: AgencyTask,
    private readonly onDone: (outcome: AgencyOutcome) => void,
  ) {}

  get isDone(): boolean {
    return this.finished;
  }

  /** Whether it may crash: a single bet that is sent again from nothing would be another bet. */
  get canCrash(): boolean {
    return this.process !== null && !this.finished && this.task.singleBet === null;
  }

  start(): void {
    const { world, network, task } = this;
    const process = new SimProcess(world, `${this.name}.${String(++this.lives)}`);
    this.process = process;
    const { agency } = task.input;
    const client = new AgencyClient({
      agency,
      window: task.window,
      token: Buffer.alloc(0),
      finish: task.singleBet === null,
      source: this.createSource(process),
      dial: () => network.dial(process, agency),
      clock: process.clock,
      random: world.random.next,
      logger: process.logger,
      retryForMs: Number.POSITIVE_INFINITY,
      onProgress: () => undefined,
    });
    this.client = client;
    process.run(() => {
      client.start(
        (outcome) => {
          if (outcome === null) return;
          this.finished = true;
          world.note(process.name, 'is done');
          this.onDone(outcome);
        },
        (error) => {
          world.fail('agency gives up', `${process.name}: ${error.message}`);
        },
      );
    });
  }

  /** Ends in the middle of things, and comes back. */
  crash(afterMs: number): void {
    const { process, world } = this;
    if (process === null) return;
    world.note(process.name, 'crashes');
    process.die();
    this.network.processDied(process, false);
    this.comeBack(afterMs);
  }

  /** Ends in good order, and comes back. */
  stop(afterMs: number): void {
    const { process, client } = this;
    if (process === null) return;
    process.run(() => {
      client?.stop();
    });
    this.comeBack(afterMs);
  }

  private comeBack(afterMs: number): void {
    this.process = null;
    this.world.schedule(afterMs, () => {
      this.start();
    });
  }

  private createSource(process: SimProcess): BetSource {
    const { input, singleBet, batchBetsMax, sourceMsMax } = this.task;
    const { random } = process.world;
    const after = <T>(work: () => T): SimPromise<T> =>
      SimPromise.after(process, random.int(0, sourceMsMax), work);
    if (singleBet === null) return new FileSource(input, batchBetsMax, random, after);
    const bet = new SingleBet(input.rows[singleBet] ?? '');
    return {
      totalBytes: bet.totalBytes,
      startAt: (stored, checksum) =>
        after(() => {
          bet.startAt(stored, checksum);
        }),
      next: () => after<Batch | null>(() => bet.next()),
      close: () => {
        bet.close();
      },
    };
  }
}
