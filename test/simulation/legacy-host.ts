/**
 * A program of an agency that speaks an earlier dialect. None of these can resume: when its
 * connection is lost with bets under way the program stops, somebody runs it again, and all bets are
 * sent again, which the ledger of the referee allows for.
 */
import { LoteriaError } from '../../src/base/errors';
import { agencyDialect } from '../../src/client/legacy/prepare';
import { LegacyClient } from '../../src/client/legacy/legacy-client';
import type { CheckedBet } from '../../src/client/csv/csv-bets';
import { Packer, type LegacyBatch } from '../../src/client/legacy/packer';
import { AgencyProgram, type AgencyResult } from './agency-program';
import type { AgencyInput } from './input';
import type { PackedBets } from './legacy-tap';
import type { Dialect } from '../../src/protocol/conversion';
import type { SimLink } from './link';
import type { LinkTap } from './link-tap';
import type { Network } from './network';
import type { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';
import type { World } from './world';

const ANSWER_TIMEOUT_MS = 30_000;

export interface LegacyTask {
  readonly input: AgencyInput;
  readonly dialect: Dialect;
  readonly batchBetsMax: number;
  readonly sourceMsMax: number;
  /** Pause before a busy central is asked again. */
  readonly retryMs: number;
}

/** What the program has to know of the central to tell a refusal that is right. */
export interface CentralView {
  /** Counts ends, and requests to end. */
  readonly endings: number;
  isFinished(agency: number): boolean;
}

export class LegacyHost extends AgencyProgram {
  private client: LegacyClient | null = null;
  private links: SimLink[] = [];
  private endingsBefore = 0;

  constructor(
    world: World,
    network: Network,
    name: string,
    private readonly task: LegacyTask,
    private readonly central: CentralView,
    private readonly tap: (lastPacked: () => PackedBets | null) => LinkTap,
    /** @param outcome null: the agency had finished before, and was refused */
    private readonly onDone: (outcome: AgencyResult | null) => void,
  ) {
    super(world, network, name);
  }

  protected override begin(process: SimProcess): void {
    const { world, network, task, central } = this;
    const { dialect, batchBetsMax, retryMs, input } = task;
    const { agency } = input;
    const winners: string[] = [];
    // Of this run: a stopped one may still be reading its next bets.
    let lastPacked: PackedBets | null = null;
    this.links = [];
    this.endingsBefore = central.endings;
    const caller = {
      agency,
      dialect,
      tap: () => this.tap(() => lastPacked),
      onLink: (link: SimLink) => {
        this.links.push(link);
      },
    };
    const client = new LegacyClient({
      agency,
      dialect: agencyDialect(dialect, agency, batchBetsMax),
      finish: true,
      packer: this.createPacker(process, (packed) => {
        lastPacked = packed;
      }),
      servers: [{ host: 'central', port: 1 }],
      dial: () => network.dial(process, caller),
      clock: process.clock,
      random: world.random.next,
      logger: process.logger,
      retryForMs: Number.POSITIVE_INFINITY,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      busyRetryMs: retryMs,
      onProgress: () => undefined,
      onWinners: (documents) => {
        winners.push(...documents);
      },
    });
    this.client = client;
    process.run(() => {
      client.start(
        (outcome) => {
          if (outcome !== null) this.complete(process, { stored: outcome.stored, winners });
        },
        (error) => {
          this.onFailure(process, error);
        },
      );
    });
  }

  protected override stopClient(): void {
    this.client?.stop();
  }

  private complete(process: SimProcess, outcome: AgencyResult | null): void {
    this.finished = true;
    this.world.note(process.name, outcome === null ? 'had finished before' : 'is done');
    this.onDone(outcome);
  }

  private onFailure(process: SimProcess, error: Error): void {
    const { world, central, task } = this;
    const code = error instanceof LoteriaError ? error.code : '';
    world.note(process.name, code, error.message);
    if (code === 'CONNECTION_LOST') this.refuseNeglect(process, error);
    else if (code !== 'BATCH_REJECTED' && code !== 'CENTRAL_REFUSED') {
      world.fail('agency gives up', `${process.name}: ${error.message}`);
    } else if (central.isFinished(task.input.agency)) {
      this.complete(process, null);
      return;
    } else if (!this.isExcused) world.fail('no refusal', `${process.name}: ${error.message}`);
    this.end(process);
    this.comeBack(world.random.int(0, 3_000));
  }

  /** Another connection of the agency, a link that stood still, a central that ended. */
  private get isExcused(): boolean {
    const { lives, links, central, endingsBefore } = this;
    return lives > 1 || central.endings !== endingsBefore || links.some(isDisturbed);
  }

  private refuseNeglect(process: SimProcess, error: Error): void {
    const [last] = this.links.slice(-1);
    if (!error.message.includes('did not answer') || this.isExcused) return;
    if (last === undefined || last.central.closed || !last.central.process.isAlive()) return;
    this.world.fail('nobody is neglected', `${process.name}: ${error.message}`);
  }

  private createPacker(
    process: SimProcess,
    onPacked: (packed: PackedBets) => void,
  ): {
    next: () => PromiseLike<LegacyBatch | null>;
    close: () => void;
  } {
    const { input, batchBetsMax, dialect, sourceMsMax } = this.task;
    const waiting = input.bets.map((bet, i): CheckedBet => {
      const { firstName, lastName, document, birthdate, number } = bet;
      const text = { firstName, lastName, document, birthdate, number: String(number) };
      return { bet: text, line: i + 1, bytes: i + 1 };
    });
    const reader = {
      path: 'bets',
      read: () => waiting.shift(),
      wait: () => Promise.resolve(false),
      close: () => undefined,
    };
    const packer = new Packer(reader, agencyDialect(dialect, input.agency, batchBetsMax), true);
    let start = 0;
    const take = (): LegacyBatch | null => {
      let batch = packer.take();
      if (batch === undefined) {
        packer.endReading();
        batch = packer.take() ?? null;
      }
      if (batch !== null) {
        onPacked({ message: batch.message, start, count: batch.count });
        start += batch.count;
      }
      return batch;
    };
    const { random } = process.world;
    return {
      next: () => SimPromise.after(process, random.int(0, sourceMsMax), take),
      close: () => {
        packer.close();
      },
    };
  }
}

function isDisturbed({ cut, wasHeld, central }: SimLink): boolean {
  return cut || wasHeld || central.vanished;
}
