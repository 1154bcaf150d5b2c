/** Reads winners.csv from beginning to end, step by step, and records the position of each block. */
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../../base/limits';
import { nodeCrypto } from '../../../base/node-crypto';
import { damaged } from '../../store-error';
import { closeQuietly, readUpTo, type FileDescriptor, type Files } from '../directory/files';
import { WinnersFile, type WinnersRegion } from './winners-file';

const COMMA = 0x2c;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

export class WinnersReader {
  private readonly fd: FileDescriptor;
  private isOpen = true;
  private readonly size: number;
  private readonly hash = nodeCrypto().createHash('sha256');
  private readonly regions = new Map<number, WinnersRegion>();
  private winners = 0;
  private position = 0;
  /** Of the rows being read. */
  private agency = 0;
  private region: WinnersRegion | null = null;
  /** CRC-32 of the block being read, as far as it was. */
  private checksum = 0;

  /**
   * @param path of the file to read
   * @param name of the file in errors
   * @throws errors of the file system
   */
  constructor(
    private readonly files: Files,
    path: string,
    private readonly name: string,
    /** Called for the consecutive rows of one agency. */
    private readonly onRows: (agency: number, rows: Uint8Array) => void = () => undefined,
  ) {
    this.fd = files.open(path, false);
    try {
      this.size = files.size(this.fd);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads some more.
   *
   * @returns whether all was read
   * @throws LoteriaError STORE_DAMAGED
   */
  step(): boolean {
    const left = this.size - this.position;
    if (left === 0) return true;
    const bytes = readUpTo(
      this.files,
      this.fd,
      Math.min(left, LIMITS.scanChunkBytes),
      this.position,
    );
    const rows = bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
    if (rows.length === 0) throw damaged(this.name, this.position, 'the last row is not complete');
    this.hash.update(rows);
    this.readRows(rows);
    this.position += rows.length;
    return false;
  }

  /** When all was read: the file, to be answered from. */
  finish(): WinnersFile {
    this.isOpen = false;
    return new WinnersFile(this.files, this.name, this.fd, {
      regions: this.regions,
      winners: this.winners,
      digest: this.hash.digest('hex'),
    });
  }

  close(): void {
    if (this.isOpen) closeQuietly(this.files, [this.fd]);
    this.isOpen = false;
  }

  private readRows(rows: Buffer): void {
    /** Up to where the checksum of the block, and what `onRows` was called for, reach. */
    let noted = 0;
    const note = (end: number): void => {
      if (end === noted) return;
      const part = rows.subarray(noted, end);
      this.checksum = crc32(part, this.checksum);
      this.region?.checksums.splice(-1, 1, this.checksum);
      this.onRows(this.agency, part);
      noted = end;
    };
    for (let at = 0; at < rows.length;) {
      const start = at;
      const row = rowAt(rows, start);
      if (row === null) {
        throw damaged(this.name, this.position + start, 'not a row `agency,document`');
      }
      at = row.end;
      if (row.agency !== this.agency) {
        note(start);
        this.beginRegion(row.agency, this.position + start);
      }
      const { region } = this;
      if (region === null) continue;
      if (region.winners % LIMITS.winnersPerBlockMax === 0) {
        note(start);
        this.checksum = 0;
        region.blocks.push(this.position + start);
        region.checksums.push(0);
      }
      // Nearly all rows are of the same agency as the one before: these are walked over in a tight loop.
      const left = LIMITS.winnersPerBlockMax - (region.winners % LIMITS.winnersPerBlockMax) - 1;
      const run = walkRowsLike(rows, at, start, row.prefix, left);
      at = run.end;
      region.winners += 1 + run.rows;
      region.end = this.position + at;
      this.winners += 1 + run.rows;
    }
    note(rows.length);
  }

  private beginRegion(agency: number, start: number): void {
    if (agency < this.agency) {
      throw damaged(this.name, start, 'not the winners of a draw: its agencies ascend');
    }
    this.agency = agency;
    this.region = { start, end: start, winners: 0, blocks: [], checksums: [] };
    this.regions.set(agency, this.region);
  }
}

interface WinnerRow {
  readonly agency: number;
  /** Bytes of the agency and its comma. */
  readonly prefix: number;
  readonly end: number;
}

/** The row at `start`; null: what stands there is none. */
function rowAt(rows: Buffer, start: number): WinnerRow | null {
  let at = start;
  let agency = 0;
  let byte = rows[at++] ?? 0;
  for (; byte !== COMMA && at - start <= 6; byte = rows[at++] ?? 0) {
    agency = isDigit(byte) ? agency * 10 + byte - ZERO : Infinity;
  }
  const documentStart = at;
  while (isDigit(rows[at] ?? 0)) at++;
  const digits = at - documentStart;
  const isRow =
    byte === COMMA &&
    rows[start] !== ZERO &&
    agency >= 1 &&
    agency <= LIMITS.agencyNumberMax &&
    digits >= 1 &&
    digits <= LIMITS.documentDigitsMax &&
    rows[at] === CR &&
    rows[at + 1] === LF;
  return isRow ? { agency, prefix: documentStart - start, end: at + 2 } : null;
}

/**
 * Walks over well-formed rows that begin as the row at `like` does.
 *
 * @param rows ends with LF, at which every loop ends
 * @param prefix bytes of the agency and its comma
 * @param max rows to walk over
 */
function walkRowsLike(
  rows: Buffer,
  from: number,
  like: number,
  prefix: number,
  max: number,
): { readonly end: number; readonly rows: number } {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
  let end = from;
  let count = 0;
  while (count < max && end < rows.length) {
    let at = end;
    for (const prefixEnd = end + prefix; at < prefixEnd; at++) {
      if (rows[at] !== rows[like + at - end]) return { end, rows: count };
    }
    const document = at;
    while (at + 4 <= rows.length && areDigits(view.getInt32(at))) at += 4;
    while (isDigit(rows[at] ?? 0)) at++;
    const digits = at - document;
    const isDocument = digits >= 1 && digits <= LIMITS.documentDigitsMax;
    if (!isDocument || rows[at] !== CR || rows[at + 1] !== LF) break;
    end = at + 2;
    count++;
  }
  return { end, rows: count };
}

/** Whether each of four bytes is a digit: 0x30 to 0x39, so that 6 more do not reach 0x40. */
function areDigits(bytes: number): boolean {
  return (bytes & 0xf0f0f0f0) === 0x30303030 && ((bytes + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
}

function isDigit(byte: number): boolean {
  return byte - ZERO >= 0 && byte - ZERO <= 9;
}
