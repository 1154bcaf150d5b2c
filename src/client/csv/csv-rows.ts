/**
 * Reads an agency's CSV file row by row, in constant memory: first name, last name, document,
 * birth date, number; UTF-8; no header.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import type { CsvError } from 'csv-parse';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { openDataFile } from './data-file';
import { LineCounter } from './line-counter';
import type { FilePlace } from './plain-rows';

/** One row: its fields, and the line on which it ends. */
export interface CsvRow {
  readonly fields: readonly string[];
  readonly line: number;
  /** Bytes of the file up to here. */
  readonly bytes: number;
}

interface RecordWithInfo {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

const SWALLOWING: ReadonlySet<string> = new Set(['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE']);

export class CsvRows {
  private readonly stream: ReadStream;
  /** Null until the first row is waited for: an agency whose rows are plain never loads csv-parse. */
  private parser: Transform | null = null;
  private failure: LoteriaError | null = null;
  private ended = false;
  private readonly counter = new LineCounter();
  private wake: () => void = () => undefined;

  /**
   * @param from where to begin; a row begins there
   * @param onBroken called with a row whose quotes are wrong; undefined: such a row is an error
   * @throws LoteriaError DATA_UNREADABLE
   */
  constructor(
    readonly path: string,
    private readonly from: FilePlace,
    private readonly onBroken?: (error: LoteriaError) => void,
  ) {
    this.stream = createReadStream(path, { fd: openDataFile(path), start: from.bytes });
    this.stream.on('error', (error) => {
      this.fail(new LoteriaError('DATA_UNREADABLE', `${path}: ${messageOf(error)}`));
    });
  }

  /**
   * A row that has been read already, or undefined when the file must be waited for.
   */
  read(): CsvRow | undefined {
    const next = (this.parser?.read() ?? null) as RecordWithInfo | null;
    if (next === null) return undefined;
    const { lines, bytes } = next.info;
    const line = this.counter.lineAt(bytes, lines);
    return {
      fields: next.record,
      line: this.from.lines + line,
      bytes: this.from.bytes + bytes,
    };
  }

  /**
   * Waits until there may be more rows.
   *
   * @returns false at the end of the file
   * @throws LoteriaError DATA_UNREADABLE, DATA_INVALID
   */
  async wait(): Promise<boolean> {
    const parser = this.parser ?? (await this.begin());
    if (this.failure === null && !this.ended && parser.readableLength === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure !== null) throw this.failure;
    return !this.ended;
  }

  close(): void {
    this.stream.destroy();
    this.parser?.destroy();
  }

  private async begin(): Promise<Transform> {
    const { from, onBroken } = this;
    const { parse } = await import('csv-parse');
    const parser = parse({
      bom: from.bytes === 0,
      info: true,
      // Both, so that it makes no difference how the first line ends.
      record_delimiter: ['\r\n', '\n'],
      max_record_size: LIMITS.csvRowBytesMax,
      skip_records_with_error: onBroken !== undefined,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    parser.on('error', (error: Error) => {
      this.fail(this.explain(error));
    });
    parser.on('skip', (error: CsvError) => {
      // An unclosed quote swallows every later row, so skipping one row does not help.
      if (SWALLOWING.has(error.code)) this.fail(this.explain(error));
      else onBroken?.(this.explain(error));
    });
    parser.on('end', () => {
      this.ended = true;
      this.wake();
    });
    parser.on('readable', () => {
      this.wake();
    });
    this.parser = parser;
    this.stream.on('data', (chunk) => {
      if (typeof chunk !== 'string') this.counter.add(chunk);
    });
    this.stream.pipe(parser);
    return parser;
  }

  private fail(error: LoteriaError): void {
    this.failure = error;
    this.wake();
  }

  private explain(error: Error): LoteriaError {
    const place = 'lines' in error ? error.lines : undefined;
    // The parser's line numbers are left out: they are wrong where CR LF is in quotes.
    const what = messageOf(error).replace(/ at line \d+/, '');
    const at =
      typeof place === 'number'
        ? `: line ${String(this.from.lines + this.counter.lineOf(place))}`
        : '';
    return new LoteriaError('DATA_INVALID', `${this.path}${at}: ${what}`, { cause: error });
  }
}
