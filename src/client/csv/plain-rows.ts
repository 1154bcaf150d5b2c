/**
 * The fast path through an agency's CSV file. A row in the central's format needs no CSV parser: with the
 * agency's number as prefix it goes on the wire. So whole blocks are read, prefixed row by row, and checked
 * in place. At the first row in another form (other quotes, empty line) the rest of its block is parsed;
 * where that fails, `csv-rows.ts` continues from there.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, readSync } from 'node:fs';
import type { parse } from 'papaparse';
import { LoteriaError, messageOf } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { takeRows } from '../../domain/row-check';
import { rowsOfLines } from '../../domain/row-prefix';
import { openDataFile } from './data-file';
import { parseBlock } from './parsed-block';

const CR = 0x0d;
const LF = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Rows as sent on the wire. */
export interface PlainBlock {
  readonly rows: Buffer;
  readonly count: number;
}

/** A place in the file where a row begins. */
export interface FilePlace {
  /** Bytes of the file before it. */
  readonly bytes: number;
  /** Lines before it. */
  readonly lines: number;
}

export class PlainRows {
  private readonly prefix: string;
  private fd: number | null = null;
  /** Whole lines, as they were read; empty when they cannot be taken as one block. */
  private lines: Buffer = Buffer.alloc(0);
  /** The same as rows of the agency, and how far they are used. */
  private rows: Buffer = Buffer.alloc(0);
  private used = 0;
  /** Where in the file the block ends, when its rows were parsed: then they do not tell. */
  private parsedEnd: FilePlace | null = null;
  /** Bytes that a line has less than its row. */
  private rowExtraBytes = 0;
  /** Lines that are not whole yet. */
  private rest: Buffer = Buffer.alloc(0);
  private readPosition = 0;
  private ended = false;
  private placeBytes = 0;
  private placeLines = 0;

  constructor(
    private readonly path: string,
    private readonly agencyText: string,
  ) {
    this.prefix = `${agencyText},`;
  }

  /** Up to where rows have been handed out. */
  get place(): FilePlace {
    return { bytes: this.placeBytes, lines: this.placeLines };
  }

  /**
   * The next rows, as many as are wanted and fit.
   *
   * @returns fewer than wanted at the end of a block, none when the next row does not fit; null at
   *   the end of the file; `stuck` when the next row has to be parsed
   * @throws LoteriaError DATA_UNREADABLE
   */
  take(countMax: number, bytesMax: number): PlainBlock | 'stuck' | null {
    while (this.used === this.rows.length) {
      if (this.ended) return null;
      if (!this.readBlock()) return 'stuck';
    }
    const { end, count, stuck } = takeRows(this.rows, this.used, countMax, bytesMax);
    if (stuck && count === 0) return 'stuck';
    const rows = this.rows.subarray(this.used, end);
    this.used = end;
    if (this.parsedEnd === null) {
      this.placeLines += count;
      this.placeBytes += rows.length - count * this.rowExtraBytes;
    } else if (end === this.rows.length) this.leaveParsed(this.parsedEnd);
    return { rows, count };
  }

  /**
   * Parses what is left of the block, after {@link take} was stuck.
   *
   * @param parseText the function of Papa Parse
   * @returns false when the rows must be parsed one by one, from {@link place} on
   */
  parseRest(parseText: typeof parse): boolean {
    if (this.lines.length === 0 || this.parsedEnd !== null) return false;
    const end = this.readPosition - this.rest.length;
    const rest = this.lines.subarray(this.lines.length - (end - this.placeBytes));
    const rows = parseBlock(parseText, rest, this.agencyText);
    if (rows === null) return false;
    this.rows = rows;
    this.used = 0;
    this.parsedEnd = { bytes: end, lines: this.placeLines + linesIn(rest) };
    if (rows.length === 0) this.leaveParsed(this.parsedEnd);
    return true;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  private leaveParsed({ bytes, lines }: FilePlace): void {
    this.placeBytes = bytes;
    this.placeLines = lines;
    this.parsedEnd = null;
  }

  /** @returns false when there are rows that cannot be taken block by block */
  private readBlock(): boolean {
    this.lines = Buffer.alloc(0);
    const lines = this.readLines();
    if (this.rest.length > LIMITS.csvRowBytesMax || !isUtf8(lines)) return false;
    if (lines.length === 0) return true;
    this.lines = lines;
    const ending = lines[lines.indexOf(LF) - 1] === CR ? '\n' : '\r\n';
    this.rowExtraBytes = this.prefix.length + ending.length - 1;
    this.rows = rowsOfLines(lines, this.prefix, ending);
    this.used = 0;
    return true;
  }

  /** Whole lines; the rest at the end of the file counts as one. */
  private readLines(): Buffer {
    const chunk = this.readChunk();
    if (chunk.length === 0) {
      this.ended = true;
      const { rest } = this;
      this.rest = Buffer.alloc(0);
      return rest;
    }
    const end = chunk.lastIndexOf(LF) + 1;
    const lines =
      end === 0 ? chunk.subarray(0, 0) : Buffer.concat([this.rest, chunk.subarray(0, end)]);
    const tail = chunk.subarray(end);
    this.rest = end === 0 ? Buffer.concat([this.rest, tail]) : Buffer.from(tail);
    return lines;
  }

  private readChunk(): Buffer {
    try {
      this.fd ??= openDataFile(this.path);
      const buffer = Buffer.allocUnsafe(LIMITS.csvChunkBytes);
      const bytesRead = readSync(this.fd, buffer, 0, buffer.length, this.readPosition);
      const chunk = buffer.subarray(0, bytesRead);
      const marked = this.readPosition === 0 && chunk.indexOf(BYTE_ORDER_MARK) === 0;
      this.readPosition += bytesRead;
      if (!marked) return chunk;
      this.placeBytes = BYTE_ORDER_MARK.length;
      return chunk.subarray(BYTE_ORDER_MARK.length);
    } catch (error) {
      if (error instanceof LoteriaError) throw error;
      throw new LoteriaError('DATA_UNREADABLE', `${this.path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}
