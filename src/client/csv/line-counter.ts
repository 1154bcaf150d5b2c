import { unreachable } from '../../base/invariant';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/**
 * Knows on which line a row of a file ends, from the bytes that go through it. The parser counts
 * lines as well, but takes the CR and the LF of a line break inside quotes for two.
 */
export class LineCounter {
  /** What has not been counted yet, in order. */
  private readonly chunks: Buffer[] = [];
  /** Bytes, and line ends among them, that have been counted. */
  private bytes = 0;
  private lineEnds = 0;
  /** The last byte that was counted is a line end. */
  private endsLine = true;
  /** Lines that the parser has counted too many in the rows up to here. */
  private surplus = 0;
  /** How far a row was looked for that the parser could not read; null: not beyond those counted. */
  private ahead: LineScan | null = null;

  /** Takes the next bytes of the file. */
  add(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  /**
   * The line of the row that ends before byte `end`, counted from 1: a line end right before `end` is part
   * of its line.
   *
   * @param end not less than in the previous call, and not more than the number of bytes
   * @param parserLine the parser's number of that line
   */
  lineAt(end: number, parserLine: number): number {
    for (
      let chunk = this.chunks[0];
      chunk !== undefined && this.bytes < end;
      chunk = this.chunks[0]
    ) {
      const part = chunk.subarray(0, end - this.bytes);
      this.count(part);
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    const line = this.lineEnds + (this.endsLine ? 0 : 1);
    this.surplus = parserLine - line;
    return line;
  }

  /**
   * The line on which the parser found wrong quotes. The parser reports its own line number only, and may be
   * many rows ahead of the counted ones.
   *
   * @param parserLine not less than in the previous call
   */
  lineOf(parserLine: number): number {
    if (this.ahead === null || this.ahead.bytes < this.bytes) {
      this.ahead = new LineScan(this.bytes, this.lineEnds + 1, this.surplus);
    }
    let start = this.bytes;
    for (const chunk of this.chunks) {
      const from = Math.max(0, this.ahead.bytes - start);
      if (this.ahead.advance(chunk.subarray(from), parserLine)) break;
      start += chunk.length;
    }
    return this.ahead.line;
  }

  private count(part: Buffer): void {
    for (let at = part.indexOf(LF); at >= 0; at = part.indexOf(LF, at + 1)) this.lineEnds++;
    this.bytes += part.length;
    this.endsLine = part.at(-1) === LF;
  }
}

/** Goes through rows, and counts lines both as they are and as the parser does. */
class LineScan {
  private parserLine: number;
  private place: 'field start' | 'field' | 'quoted' | 'quote in quoted' = 'field start';
  private previous = LF;

  /** Begins where a row does. */
  constructor(
    public bytes: number,
    public line: number,
    surplus: number,
  ) {
    this.parserLine = line + surplus;
  }

  /** @returns whether a line was reached that the parser takes for `parserLine` */
  advance(chunk: Buffer, parserLine: number): boolean {
    for (const byte of chunk) {
      if (this.parserLine >= parserLine) return true;
      this.pass(byte);
    }
    return false;
  }

  private pass(byte: number): void {
    this.place = this.placeBehind(byte);
    // To the parser, CR and LF are one line end where they end a row, and two elsewhere.
    const endsRow = byte === LF && this.place !== 'quoted';
    if (this.previous === CR && !endsRow) this.parserLine++;
    if (byte === LF) {
      this.line++;
      this.parserLine++;
    }
    this.previous = byte;
    this.bytes++;
  }

  private placeBehind(byte: number): LineScan['place'] {
    switch (this.place) {
      case 'quoted':
        return byte === QUOTE ? 'quote in quoted' : 'quoted';
      case 'quote in quoted':
        if (byte === COMMA || byte === LF) return 'field start';
        return byte === CR ? 'field' : 'quoted';
      case 'field start':
      case 'field':
        if (byte === COMMA || byte === LF) return 'field start';
        return byte === QUOTE && this.place === 'field start' ? 'quoted' : 'field';
      default:
        return unreachable(this.place);
    }
  }
}
