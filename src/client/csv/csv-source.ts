/** Bets from an agency's CSV file, checked and packed into batches. */
import { crc32 } from 'node:zlib';
import { LoteriaError } from '../../base/errors';
import type { Logger } from '../../base/log/log';
import {
  findFieldProblem,
  rowOfText,
  type BetText,
  type FieldProblem,
} from '../../domain/bet-fields';
import { BATCH_ROWS_BYTES_MAX } from '../../protocol/native/layout';
import type { Batch, BetSource } from './batch';
import { CsvBets } from './csv-bets';
import { dataFileBytes } from './data-file';
import { PlainRows, type FilePlace } from './plain-rows';

export interface CsvSourceOptions {
  readonly path: string;
  readonly agency: number;
  /** Bets in a batch at most. */
  readonly batchBetsMax: number;
  /** Log, count and skip bad rows. */
  readonly skipInvalid: boolean;
  readonly logger: Logger;
  /** The format of rows; undefined: bets of the lottery. */
  readonly form?: RowForm;
}

/** Rows other than those of bets. */
export interface RowForm {
  readonly columns: readonly number[];
  readonly findProblem: (bet: BetText) => FieldProblem | undefined;
  readonly rowOf: (agency: string, bet: BetText) => string;
}

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
  /** How the file is read until a row has to be parsed; then `bets` takes over. */
  private plain: PlainRows | null = null;
  private bets: CsvBets | null = null;
  private offset = 0;
  private checksum = 0;
  /** A row that did not fit in the batch before. */
  private leftOver: EncodedRow | null = null;
  private readonly agencyText: string;

  /** @throws LoteriaError DATA_UNREADABLE */
  constructor(private readonly options: CsvSourceOptions) {
    this.totalBytes = dataFileBytes(options.path);
    this.agencyText = String(options.agency);
  }

  /** Rows that were left out because they are bad. */
  get skippedRows(): number {
    return this.bets?.skippedRows ?? 0;
  }

  async startAt(stored: number, checksum: number): Promise<void> {
    this.close();
    this.offset = 0;
    this.checksum = 0;
    this.bets = null;
    this.leftOver = null;
    if (this.options.form === undefined) {
      this.plain = new PlainRows(this.options.path, this.agencyText);
    } else this.parseFrom({ bytes: 0, lines: 0 });
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
    this.bets?.close();
  }

  /** The next rows, as many as are wanted and fit. */
  private async gather(betsMax: number): Promise<Batch | null> {
    const parts: Buffer[] = [];
    let bytes = 0;
    let count = 0;
    let sourceBytes = 0;
    while (count < betsMax) {
      const room = BATCH_ROWS_BYTES_MAX - bytes;
      const part = this.takePlain(betsMax - count, room);
      const more = part ?? (await this.takeParsed(betsMax - count, room));
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
    if (block === 'stuck') return null;
    return { ...(block ?? NOTHING), sourceBytes: plain.place.bytes };
  }

  private parseFrom(place: FilePlace): void {
    const { path, skipInvalid, logger, form } = this.options;
    this.plain?.close();
    this.plain = null;
    const { columns, findProblem = findFieldProblem } = form ?? {};
    const only = columns === undefined ? {} : { columns };
    this.bets = new CsvBets({ path, from: place, skipInvalid, logger, findProblem, ...only });
  }

  /** Rows of a block that was parsed whole, or else the next row, if it fits. */
  private async takeParsed(countMax: number, bytesMax: number): Promise<Part> {
    const { plain } = this;
    if (plain !== null) {
      const { default: papa } = await import('papaparse');
      if (this.plain !== plain) return { ...NOTHING, sourceBytes: 0 };
      if (!plain.parseRest(papa.parse)) this.parseFrom(plain.place);
      return this.takePlain(countMax, bytesMax) ?? this.takeParsed(countMax, bytesMax);
    }
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
    const { bets } = this;
    const { rowOf = rowOfText } = this.options.form ?? {};
    if (bets === null) return null;
    for (;;) {
      const next = bets.read();
      if (next !== undefined) {
        const row = rowOf(this.agencyText, next.bet);
        return { rows: Buffer.from(row, 'utf8'), sourceBytes: next.bytes };
      }
      if (!(await bets.wait())) return null;
    }
  }
}
