/** Compares what is found on the disk with what was promised. */
import type { StoreState } from '../../src/store/state';
import { checkActa, digestOf } from './acta-check';
import type { Book, Promised } from './book';
import { rowsByAgency, winnerLineOf } from './input';
import { checksumOf } from './legacy-ledger';

export interface Recovered {
  readonly state: Readonly<StoreState>;
  readonly files: ReadonlyMap<string, Buffer>;
}

export class DiskCheck {
  /** Somebody removed winners.csv, and the central has not made it again. */
  mayLackWinnersFile = false;

  constructor(private readonly book: Book) {}

  /**
   * @param where for the message
   * @param isReal whether the central goes on from here
   */
  check({ state, files }: Recovered, where: string, isReal: boolean): void {
    const csv = files.get('/data/bets.csv') ?? Buffer.alloc(0);
    if (csv.length !== state.csvBytes) {
      this.book.world.fail('bets.csv', `${where}: ${String(csv.length)} bytes`);
    }
    const rows = rowsByAgency(csv);
    for (const [agency, found] of rows) {
      if (state.agencies.get(agency)?.stored === found.length) continue;
      const what = `${where}: bets.csv of agency ${String(agency)} has other rows: ${found.join('')}`;
      this.book.world.fail('rows', what);
    }
    for (const promised of this.book.agencies.values()) {
      const own = rows.get(promised.input.agency) ?? [];
      this.checkAgency(promised, own, state, where);
    }
    this.book.agenciesChanges.check(state.agenciesChanges, where);
    this.book.number.checkFile(files, where);
    this.book.number.checkDigest(state, csv, where);
    if (this.book.edition === 'lottery') this.checkDraw(state, files, where, isReal);
    else if (state.draw !== null) this.book.world.fail('one draw', `${where}: in this edition`);
  }

  /** Of the 2020 edition, whose winners are persisted as they are stored. */
  checkPersistedWinners(files: ReadonlyMap<string, Buffer>, where: string): void {
    const { book } = this;
    const rows = (files.get('/data/bets.csv') ?? Buffer.alloc(0)).toString('utf8');
    const lineOf = new Map<string, string>();
    for (const { input } of book.agencies.values()) {
      input.rows.forEach((row, i) => {
        const bet = input.bets[i];
        const hasWon = input.winnersUpTo[i] !== input.winnersUpTo[i + 1];
        if (hasWon && bet !== undefined) lineOf.set(row, winnerLineOf(bet));
      });
    }
    const expected = rows.split(/(?<=\r\n)/).map((row) => lineOf.get(row) ?? '');
    const found = files.get('/data/winners')?.toString('utf8') ?? '';
    if (found !== expected.join('')) {
      book.world.fail('persisted winners', `${where}: ${found}, not ${expected.join('')}`);
    }
  }

  /** At the end everything must be there. */
  checkEnd({ state, files }: Recovered): void {
    for (const { input, ledger } of this.book.agencies.values()) {
      const stored = state.agencies.get(input.agency)?.stored ?? 0;
      if (stored === input.rows.length || (ledger !== null && stored > input.rows.length)) continue;
      const found = `agency ${String(input.agency)}: ${String(stored)} stored at the end`;
      this.book.world.fail('whole input', `${found}, not ${String(input.rows.length)}`);
    }
    if (this.book.edition !== 'lottery') return;
    if (state.draw === null) this.book.world.fail('one draw', 'there was none');
    if (!files.has('/data/acta.json')) this.book.world.fail('acta', 'there is none at the end');
  }

  private checkAgency(
    promised: Promised,
    rows: readonly string[],
    state: Readonly<StoreState>,
    where: string,
  ): void {
    const { input, ledger } = promised;
    const { world } = this.book;
    const at = `${where}: agency ${String(input.agency)}`;
    const totals = state.agencies.get(input.agency);
    const { stored = 0, checksum = 0, finished = false } = totals ?? {};
    if (stored !== rows.length) world.fail('rows', `${at}: ${String(rows.length)} in bets.csv`);
    if (promised.finished && !finished) world.fail('nothing is lost', `${at}: that it finished`);
    if (ledger !== null) {
      ledger.check(rows, finished, where);
      if (checksum !== checksumOf(rows)) world.fail('checksum', at);
      return;
    }
    const wrong = rows.findIndex((row, i) => row !== input.rows[i]);
    if (wrong >= 0) world.fail('rows', `${at}: bet ${String(wrong)} is ${rows[wrong] ?? ''}`);
    if (stored < promised.stored) {
      const wanted = String(promised.stored);
      world.fail('nothing is lost', `${at} has ${String(stored)}, ${wanted} were promised`);
    }
    if (!promised.boundaries.has(stored)) {
      world.fail('whole batches', `${at} has ${String(stored)}, where no batch ends`);
    }
    if (checksum !== input.checksums[stored]) world.fail('checksum', at);
    if (finished && stored !== input.rows.length) {
      world.fail('whole input', `${at} finished with ${String(stored)}`);
    }
  }

  private checkDraw(
    state: Readonly<StoreState>,
    files: ReadonlyMap<string, Buffer>,
    where: string,
    isReal: boolean,
  ): void {
    const { draw } = state;
    const { book } = this;
    const { world } = book;
    if (draw === null) {
      if (book.drawPromised || book.drawId !== null) {
        world.fail('one draw', `${where}: the draw is lost`);
      }
      return;
    }
    if (book.drawId !== null && draw.id !== book.drawId) {
      world.fail('one draw', `${where}: another draw than before`);
    }
    if (isReal) book.drawId = draw.id;
    for (const { input } of book.agencies.values()) {
      if (state.agencies.get(input.agency)?.finished === true) continue;
      world.fail('no early draw', `${where}: agency ${String(input.agency)} is not finished`);
    }
    const csv = files.get('/data/bets.csv') ?? Buffer.alloc(0);
    const number = book.number.of(csv);
    if (draw.winningNumber !== number) {
      world.fail('number', `${where}: ${String(draw.winningNumber)}, not ${String(number)}`);
    }
    const found = files.get('/data/winners.csv')?.toString('latin1');
    if (found === undefined && this.mayLackWinnersFile) return;
    const winnersCsv = this.winnersFile(csv);
    if (found !== winnersCsv) {
      world.fail('winners.csv', `${where}: ${JSON.stringify(found ?? null)}`);
    }
    const wrong = checkActa(files, state, draw.id, {
      number,
      origin: book.number.origin,
      agenciesChanges: book.agenciesChanges.inActa,
      winnersCsv,
      winnersOf: (agency) => book.winnersOf(book.of(agency), csv).length,
    });
    if (wrong !== null) world.fail('acta', `${where}: ${wrong}`);
  }

  /** The central says what the digest of all bets is. */
  checkDigest(files: ReadonlyMap<string, Buffer>, digest: unknown): void {
    const expected = digestOf(files.get('/data/bets.csv') ?? Buffer.alloc(0), 4096).at(-1);
    if (digest === expected) return;
    this.book.world.fail('acta', `the log says ${String(digest)}, not ${String(expected)}`);
  }

  /** What winners.csv must be when these are all bets. */
  private winnersFile(csv: Buffer): string {
    const lines: string[] = [];
    for (const [agency, promised] of this.book.agencies) {
      for (const document of this.book.winnersOf(promised, csv)) {
        lines.push(`${String(agency)},${document}\r\n`);
      }
    }
    return lines.join('');
  }
}
