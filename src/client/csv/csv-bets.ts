/** Bets from an agency's CSV file, one by one and checked. */
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { sanitise, type Logger } from '../../base/log/log';
import { BET_FIELDS, type BetText, type FieldProblem } from '../../domain/bet-fields';
import { CsvRows, type CsvRow } from './csv-rows';
import type { FilePlace } from './plain-rows';

export interface CsvBetsOptions {
  readonly path: string;
  /** Where to begin; a row begins there. */
  readonly from: FilePlace;
  /** Log, count and skip bad rows. */
  readonly skipInvalid: boolean;
  readonly logger: Logger;
  /** The first rule that a bet breaks, if any. */
  readonly findProblem: (bet: BetText) => FieldProblem | undefined;
  /** How many columns a row may have; undefined: those of a bet. */
  readonly columns?: readonly number[];
}

/** A good bet, and where it stands. */
export interface CheckedBet {
  readonly bet: BetText;
  readonly line: number;
  /** Bytes of the source up to here. */
  readonly bytes: number;
}

export class CsvBets {
  private readonly rows: CsvRows;
  private skipped = 0;
  private closed = false;

  readonly path: string;

  constructor(private readonly options: CsvBetsOptions) {
    const { path, from, skipInvalid } = options;
    this.path = path;
    this.rows = skipInvalid
      ? new CsvRows(path, from, ({ message }) => {
          this.skip(message);
        })
      : new CsvRows(path, from);
  }

  /** Rows that were left out because they are bad. */
  get skippedRows(): number {
    return this.skipped;
  }

  /**
   * The next good bet of what has been read already, or undefined when the file must be waited for.
   *
   * @throws LoteriaError DATA_INVALID
   */
  read(): CheckedBet | undefined {
    for (;;) {
      const csvRow = this.rows.read();
      if (csvRow === undefined) return undefined;
      const bet = this.check(csvRow);
      if (bet !== null) return { bet, line: csvRow.line, bytes: csvRow.bytes };
    }
  }

  /**
   * Waits until there may be more bets.
   *
   * @returns false at the end of the file
   * @throws LoteriaError DATA_UNREADABLE, DATA_INVALID
   */
  wait(): Promise<boolean> {
    return this.closed ? Promise.resolve(false) : this.rows.wait();
  }

  close(): void {
    this.closed = true;
    this.rows.close();
  }

  private check(csvRow: CsvRow): BetText | null {
    const { fields, line } = csvRow;
    const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] = fields;
    const { columns = [BET_FIELDS.length] } = this.options;
    if (!columns.includes(fields.length)) {
      const found = `has ${String(fields.length)} columns, not ${columns.join(' or ')}`;
      return this.refuse(`line ${String(line)}: the row ${found} (${BET_FIELDS.join(', ')})`);
    }
    const bet: BetText = { firstName, lastName, document, birthdate, number };
    // What csv-parse could not decode as UTF-8 comes out as this character.
    const garbled = fields.findIndex((field) => field.includes('\ufffd'));
    const problem =
      garbled >= 0
        ? { field: BET_FIELDS[garbled] ?? 'first_name', reason: 'is not valid UTF-8' }
        : this.options.findProblem(bet);
    if (problem === undefined) return bet;
    const column = BET_FIELDS.indexOf(problem.field);
    const value = sanitise(fields[column] ?? '').slice(0, LIMITS.valueShownCharsMax);
    return this.refuse(
      `line ${String(line)}, column ${String(column + 1)} (${problem.field}): ` +
        `"${value}" ${problem.reason}`,
    );
  }

  private refuse(what: string): null {
    const message = `${this.options.path}: ${what}`;
    if (!this.options.skipInvalid) throw new LoteriaError('DATA_INVALID', message);
    this.skip(message);
    return null;
  }

  private skip(message: string): void {
    this.skipped++;
    this.options.logger.warning('skip_row', 'success', { error: message });
  }
}
