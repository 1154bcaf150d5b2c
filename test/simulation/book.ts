/** What the central has promised, as the wire, the log and earlier recoveries have shown it. */
import { LIMITS } from '../../src/base/limits';
import type { Edition } from '../../src/domain/contest';
import { rowsByAgency, type AgencyInput } from './input';
import { AgenciesChanges } from './agencies-changes';
import { LegacyLedger } from './legacy-ledger';
import type { WinningNumber } from './winning-number';
import type { World } from './world';

export interface Promised {
  readonly input: AgencyInput;
  /** Bets that the central said it has. */
  stored: number;
  /** Whether the central said that its FINISHED is safe. */
  finished: boolean;
  /** Whether FINISHED was sent. */
  finishSent: boolean;
  /** Ends of all batches that were sent. */
  readonly boundaries: Set<number>;
  /** Messages of a dialect in which bets have no offset; null for the native protocol. */
  readonly ledger: LegacyLedger | null;
}

export class Book {
  readonly agencies = new Map<number, Promised>();
  drawPromised = false;
  /** Of the draw that is known to be durable. */
  drawId: string | null = null;
  /** Agencies that are expected and never bet. */
  absent = 0;
  /** Since when one of the central's files is not where it belongs. */
  takenMs: number | null = null;
  /** Whether an engine had the draw before, so that its answer comes behind that. */
  isTakenBehindDraw = false;
  readonly agenciesChanges: AgenciesChanges;
  /** bets.csv as programs see it now. */
  csvNow: () => Buffer = () => Buffer.alloc(0);
  /** The same at the draw, behind which there are no more bets; a loss of power does not take it away. */
  csvDrawn: Buffer | null = null;
  /** Called after the central has promised something, with the bytes on their way. */
  onPromise: () => void = () => undefined;

  constructor(
    readonly world: World,
    readonly edition: Edition,
    readonly number: WinningNumber,
    inputs: readonly AgencyInput[],
  ) {
    this.agenciesChanges = new AgenciesChanges(world);
    for (const input of inputs) {
      this.agencies.set(input.agency, {
        input,
        stored: 0,
        finished: false,
        finishSent: false,
        boundaries: new Set([0]),
        ledger: input.dialect === null ? null : new LegacyLedger(world, input),
      });
    }
  }

  of(agency: number): Promised {
    const promised = this.agencies.get(agency);
    if (promised === undefined) throw new RangeError(`agency ${String(agency)}?`);
    return promised;
  }

  /** The central says that it has the first `stored` bets of an agency. */
  promiseStored(promised: Promised, stored: number, what: string): void {
    const { input, boundaries } = promised;
    this.world.note('wire', `central says ${what} to`, input.agency, stored);
    if (!boundaries.has(stored)) {
      this.world.fail('whole batches', `${what} ${String(stored)}, where no batch ends`);
    }
    const isNew = stored > promised.stored && what !== 'WELCOME';
    if (isNew && this.isTakenFor(LIMITS.storeCheckMs)) {
      this.world.fail('taken files', `${what} ${String(stored)} while a file is not in its place`);
    }
    promised.stored = Math.max(promised.stored, stored);
  }

  /** The central says something that only a draw can have led to. */
  promiseDraw(): void {
    this.refuseEarly('the draw');
    this.drawPromised = true;
  }

  /** @param what must wait for all agencies to finish */
  refuseEarly(what: string): void {
    if (this.absent > 0) this.world.fail('no early draw', `${what}, and an agency never came`);
    for (const { finishSent, input } of this.agencies.values()) {
      if (finishSent) continue;
      const found = `${what}, and agency ${String(input.agency)} has not finished`;
      this.world.fail('no early draw', found);
    }
  }

  /** The draw is durable. */
  noteDrawn(): void {
    this.drawPromised = true;
    this.csvDrawn = this.csvNow();
  }

  /** Documents of the winners of an agency, when these are all bets, in stored order. */
  winnersOf({ input, ledger }: Promised, csv: Buffer = this.csvNow()): readonly string[] {
    if (this.edition === '2020') return input.winners;
    const number = this.number.of(csv);
    if (ledger === null) {
      return input.bets.flatMap((bet) => (bet.number === number ? [bet.document] : []));
    }
    return ledger.winnersAmong(rowsByAgency(csv).get(input.agency) ?? [], number);
  }

  /** Whether a file has been away for longer than so many milliseconds. */
  isTakenFor(ms: number): boolean {
    return this.takenMs !== null && this.world.nowMs - this.takenMs > ms;
  }

  /** Winners of all agencies, when all have sent all. */
  get winnersInAll(): number {
    return [...this.agencies.values()].reduce((sum, { input }) => sum + input.winners.length, 0);
  }
}
