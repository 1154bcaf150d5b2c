/** A program of an agency that speaks the native protocol. */
import { AgencyClient } from '../../src/client/agency-client';
import type { Batch, BetSource } from '../../src/client/csv/batch';
import { ContestSession } from '../../src/client/contest/session';
import { SingleBet } from '../../src/client/csv/single-bet-source';
import { LoteriaError } from '../../src/base/errors';
import type { Edition } from '../../src/domain/contest';
import { AgencyProgram, type AgencyResult } from './agency-program';
import { FileSource } from './file-source';
import type { AgencyInput } from './input';
import type { LinkTap } from './link-tap';
import type { Network } from './network';
import type { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';
import type { World } from './world';

/** What a program of an agency is to do. */
export interface AgencyTask {
  readonly input: AgencyInput;
  readonly edition: Edition;
  /** Send only the bet at this index, on its own; null: the whole file, then ask for winners. */
  readonly singleBet: number | null;
  readonly window: number;
  readonly batchBetsMax: number;
  readonly sourceMsMax: number;
  /** 2020 edition: pause before the total is asked for again. */
  readonly retryMs: number;
  /** Whether another program speaks for the same agency, and has not ended. */
  readonly hasRival: () => boolean;
  /** Whether another central has ever claimed the agency. */
  readonly wasClaimedElsewhere: () => boolean;
}

export class AgencyHost extends AgencyProgram {
  private client: AgencyClient | null = null;

  constructor(
    world: World,
    network: Network,
    name: string,
    private readonly task: AgencyTask,
    private readonly tap: () => LinkTap,
    private readonly onDone: (result: AgencyResult | null) => void,
  ) {
    super(world, network, name);
  }

  /** A single bet that is sent again from nothing would be another bet. */
  override get canCrash(): boolean {
    return super.canCrash && this.task.singleBet === null;
  }

  protected override begin(process: SimProcess): void {
    const { world, network, task, tap } = this;
    const { agency } = task.input;
    const winners: string[] = [];
    const options = {
      agency,
      window: task.window,
      token: Buffer.alloc(0),
      finish: task.singleBet === null,
      source: this.createSource(process),
      servers: [{ host: 'central', port: 1 }] as const,
      dial: () => network.dial(process, { agency, tap }),
      clock: process.clock,
      random: world.random.next,
      logger: process.logger,
      retryForMs: Number.POSITIVE_INFINITY,
      onProgress: () => undefined,
      onWinners: (documents: readonly string[]) => {
        winners.push(...documents);
      },
    };
    const { retryMs } = task;
    const session =
      task.edition === '2020' ? { session: new ContestSession({ ...options, retryMs }) } : {};
    const client = new AgencyClient({ ...options, ...session });
    this.client = client;
    process.run(() => {
      client.start(
        (outcome) => {
          if (outcome === null) return;
          this.finished = true;
          world.note(process.name, 'is done');
          this.onDone({ ...outcome, winners: outcome.winners === null ? null : winners });
        },
        (error) => {
          // Of several programs that replace each other, all but one may leave the agency to another.
          const isReplaced = error instanceof LoteriaError && error.code === 'REPLACED';
          if (isReplaced && task.wasClaimedElsewhere() && !task.hasRival()) {
            // It is run again: nobody is left at the other central.
            this.end(process);
            this.comeBack(world.random.int(0, 3_000));
            return;
          }
          const yields = isReplaced && task.hasRival();
          if (!yields) world.fail('agency gives up', `${process.name}: ${error.message}`);
          this.finished = true;
          world.note(process.name, 'leaves the agency to another program');
          this.onDone(null);
        },
      );
    });
  }

  protected override stopClient(): void {
    this.client?.stop();
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
