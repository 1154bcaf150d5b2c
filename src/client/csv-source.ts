/** Bets from an agency's CSV file, checked and packed into batches. */
import { crc32 } from 'node:zlib';
import { LoteriaError } from '../base/errors';
import { sanitise, type Logger } from '../base/log';
import { BET_FIELDS, findFieldProblem, rowOfText, type BetText } from '../domain/bet-fields';
import { BATCH_ROWS_BYTES_MAX } from '../protocol/native/layout';
import type { Batch, BetSource } from './batch';
import { CsvRows, fileBytes, type CsvRow } from './csv-rows';
import { PlainRows, type FilePlace } from './plain-rows';

export interface CsvSourceOptions {
  readonly path: string;
  readonly agency: number;
  /** Bets in a batch at most. */
  readonly batchBetsMax: number;
  /** Log and count bad rows, and go on without them. */
  readonly skipInvalid: boolean;
  readonly logger: Logger;
}

/** Shown of a bad value at most. */
const SHOWN_CHARACTERS_MAX = 60;

/** A parsed row as the central stores it. */
interface EncodedRow {
  readonly rows: Buffer;
  readonly sourceBytes: number;
}

/** Rows of a batch, and how much of the file they go up to. */
interface Part extends EncodedRow {
  readonly count: number;
}

const NOTHING = { rows: Buffer.alloc(0), count: 0 };

export class CsvSource implements BetSource {
  readonly totalBytes: number;
  /** How the file is read until a row has to be parsed; then `rows` takes over. */
  private plain: PlainRows | null = null;
  private rows: CsvRows | null = null;
  private offset = 0;
  private checksum = 0;
  /** A row that did not fit in the batch before. */
  private leftOver: EncodedRow | null = null;
  private skipped = 0;
  private readonly agencyText: string;

  /** @throws LoteriaError DATA_UNREADABLE */
  constructor(private readonly options: CsvSourceOptions) {
    this.totalBytes = fileBytes(options.path);
    this.agencyText = String(options.agency);
  }

  /** Rows that were left out because they are bad. */
  get skippedRows(): number {
    return this.skipped;
  }

  async startAt(stored: number, checksum: number): Promise<void> {
    this.close();
    this.plain = new PlainRows(this.options.path, this.options.agency);
    this.offset = 0;
    this.checksum = 0;
    this.skipped = 0;
    this.leftOver = null;
    while (this.offset < stored) {
      const batch = await this.gather(stored - this.offset);
      if (batch === null) break;
    }
    if (this.offset === stored && this.checksum === checksum) return;
    throw new LoteriaError(
      'DATA_DIFFERS',
      `${this.options.path}: the central holds ${String(stored)} bets of agency ` +
        `${this.agencyText} that are not the first ones of this file; ` +
        'was the file changed, or the agency number reused?',
    );
  }

  next(): Promise<Batch | null> {
    return this.gather(this.options.batchBetsMax);
  }

  close(): void {
    this.plain?.close();
    this.plain = null;
    this.rows?.close();
    this.rows = null;
  }

  /** The next rows, as many as are wanted and fit. */
  private async gather(betsMax: number): Promise<Batch | null> {
    const parts: Buffer[] = [];
    let bytes = 0;
    let count = 0;
    let sourceBytes = 0;
    while (count < betsMax) {
      const part = this.takePlain(betsMax - count, BATCH_ROWS_BYTES_MAX - bytes);
      const more = part ?? (await this.takeParsed(BATCH_ROWS_BYTES_MAX - bytes));
      if (more.count === 0) break;
      parts.push(more.rows);
      bytes += more.rows.length;
      count += more.count;
      ({ sourceBytes } = more);
    }
    if (count === 0) return null;
    const [first = Buffer.alloc(0)] = parts;
    const rows = parts.length === 1 ? first : Buffer.concat(parts);
    const offset = this.offset;
    this.offset += count;
    this.checksum = crc32(rows, this.checksum);
    return { form: 'batch', offset, count, rows, checksum: this.checksum, sourceBytes };
  }

  /** Rows that need no parser; null when the next one does. */
  private takePlain(countMax: number, bytesMax: number): Part | null {
    const { plain } = this;
    if (plain === null) return null;
    const block = plain.take(countMax, bytesMax);
    if (block === 'stuck') {
      this.parseFrom(plain.place);
      return null;
    }
    return { ...(block ?? NOTHING), sourceBytes: plain.place.bytes };
  }

  private parseFrom(place: FilePlace): void {
    const { path, skipInvalid } = this.options;
    this.plain?.close();
    this.plain = null;
    this.rows = skipInvalid
      ? new CsvRows(path, place, ({ message }) => {
          this.skip(message);
        })
      : new CsvRows(path, place);
  }

  /** The next row, if it fits. */
  private async takeParsed(bytesMax: number): Promise<Part> {
    const next = this.leftOver ?? (await this.nextRow());
    this.leftOver = null;
    if (next === null) return { ...NOTHING, sourceBytes: 0 };
    const { rows, sourceBytes } = next;
    if (rows.length <= bytesMax) return { rows, count: 1, sourceBytes };
    this.leftOver = next;
    return { ...NOTHING, sourceBytes: 0 };
  }

  /** The next good row as the central stores it, or null at the end of the file. */
  private async nextRow(): Promise<EncodedRow | null> {
    const { rows } = this;
    if (rows === null) return null;
    for (;;) {
      const csvRow = rows.read();
      if (csvRow === undefined) {
        if (!(await rows.wait())) return null;
        continue;
      }
      const row = this.check(csvRow);
      if (row !== null) return { rows: Buffer.from(row, 'utf8'), sourceBytes: csvRow.bytes };
    }
  }

  private check(csvRow: CsvRow): string | null {
    const { fields, line } = csvRow;
    const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] = fields;
    if (fields.length !== BET_FIELDS.length) {
      const found = `has ${String(fields.length)} columns, not ${String(BET_FIELDS.length)}`;
      return this.refuse(`line ${String(line)}: the row ${found} (${BET_FIELDS.join(', ')})`);
    }
    const bet: BetText = { firstName, lastName, document, birthdate, number };
    // What csv-parse could not decode as UTF-8 comes out as this character.
    const garbled = fields.findIndex((field) => field.includes('\ufffd'));
    const problem =
      garbled >= 0
        ? { field: BET_FIELDS[garbled] ?? 'first_name', reason: 'is not valid UTF-8' }
        : findFieldProblem(bet);
    if (problem === undefined) return rowOfText(this.agencyText, bet);
    const column = BET_FIELDS.indexOf(problem.field);
    const value = sanitise(fields[column] ?? '').slice(0, SHOWN_CHARACTERS_MAX);
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
