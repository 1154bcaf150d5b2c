/**
 * The checks of a simulation. It reads every frame on the wire, knows from them what the central
 * has promised, and compares each recovery, real or imagined, with that.
 */
import type { Edition } from '../../src/domain/contest';
import type { AgencyResult } from './agency-program';
import { Book } from './book';
import { DiskCheck, type Recovered } from './disk-check';
import type { AgencyInput } from './input';
import { LegacyTap, type PackedBets } from './legacy-tap';
import type { LinkTap } from './link-tap';
import { NativeTap } from './native-tap';
import type { WinningNumber } from './winning-number';
import type { World } from './world';

export class Referee {
  readonly book: Book;
  readonly disk: DiskCheck;
  private drawLogs = 0;

  constructor(
    private readonly world: World,
    edition: Edition,
    number: WinningNumber,
    inputs: readonly AgencyInput[],
  ) {
    this.book = new Book(world, edition, number, inputs);
    this.disk = new DiskCheck(this.book);
  }

  // What is on the wire.

  /** @param isHonest whether it is an agency of ours that calls */
  tapNative(agency: number, isHonest: boolean): LinkTap {
    return new NativeTap(this.book, this.book.of(agency), isHonest);
  }

  /** @param lastPacked the message with bets that the agency made last */
  tapLegacy(agency: number, lastPacked: () => PackedBets | null): LinkTap {
    const promised = this.book.of(agency);
    const { ledger, input } = promised;
    if (ledger === null || input.dialect === null) throw new RangeError('not of a dialect');
    const winnersNow = (): readonly string[] => this.book.winnersOf(promised);
    return new LegacyTap(this.book, promised, input.dialect, lastPacked, winnersNow);
  }

  /** Somebody else sends a batch for this agency that ends there. */
  noteBatch(agency: number, end: number): void {
    this.book.of(agency).boundaries.add(end);
  }

  // What the programs say.

  onCentralLog(action: string, result: string): void {
    if (action !== 'sorteo' || result !== 'success') return;
    this.refuseTaken();
    this.drawLogs++;
    this.book.drawPromised = true;
    if (this.drawLogs > 1) this.world.fail('one draw', 'the draw was logged twice');
    this.book.onPromise();
  }

  /** A draw looks after the files itself. */
  private refuseTaken(): void {
    if (this.book.takenMs === null || this.book.isTakenBehindDraw) return;
    this.world.fail('taken files', 'a draw while a file is not in its place');
  }

  /** The central takes the draw for durable. */
  onDrawn(): void {
    this.refuseTaken();
    this.book.noteDrawn();
    this.book.onPromise();
  }

  /** The central begins to keep a draw. */
  onDraw(): void {
    if (this.book.drawPromised || this.book.drawId !== null) {
      this.world.fail('one draw', 'a second draw is made');
    }
  }

  /** @param asked whether it was to send all its bets, and to learn what came of them */
  onOutcome(agency: number, { stored, winners }: AgencyResult, asked: boolean): void {
    const promised = this.book.of(agency);
    const { input } = promised;
    if (!asked) return;
    if (stored !== input.rows.length) {
      const found = `agency ${String(agency)} thinks ${String(stored)} are stored`;
      this.world.fail('whole input', found);
    }
    if (this.book.edition === '2020' && winners === null) return;
    const { csvDrawn } = this.book;
    const own = this.book.winnersOf(promised).join();
    // The power may have gone since the answer was sent: rows of the draw are not restored yet.
    const drawn = csvDrawn === null ? own : this.book.winnersOf(promised, csvDrawn).join();
    if (this.book.edition === '2020' || ![own, drawn].includes(winners?.join() ?? 'nothing')) {
      const found = winners?.join() ?? 'nothing';
      this.world.fail('own winners', `agency ${String(agency)} has ${found}`);
    }
  }

  // What is on the disk.

  onRecovered(recovered: Recovered, where: string, isReal: boolean): void {
    this.disk.check(recovered, where, isReal);
  }
}
