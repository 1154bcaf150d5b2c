/**
 * Walks plain rows with WebAssembly, four times as fast as row-bytes.ts. `wasm/row-check.wat` defines plain
 * rows; row-bytes.ts checks all others.
 */
import { LIMITS } from '../base/limits';
import { instantiate, type WasmExports } from './wasm/instance';
import { ROW_CHECK_CODE } from './wasm/row-check-code';

interface WalkExports extends WasmExports {
  readonly walk: (at: number, end: number, prefixBytes: number, countMax: number) => number;
}

// The layout of its memory, as in row-check.wat.
const COUNT_AT = 8;
const IS_WANTED_AT = 12;
const WANTED_AT = 128;
const WANTED_SHIFT_AT = 136;
const ROWS_AT = 256;
const LOADED_BEHIND_BYTES = 128;
const MEMORY_BYTES = ROWS_AT + LIMITS.checkWindowBytes + LOADED_BEHIND_BYTES;

export class PlainRowsWalk {
  private readonly bytes: Uint8Array;
  private readonly counts: Uint32Array;
  private prefixBytes = 0;
  /** The part of the rows that was loaded. */
  private windowStart = 0;
  private windowEnd = 0;

  /** @returns null where there is no WebAssembly */
  static create(): PlainRowsWalk | null {
    const exports = instantiate(ROW_CHECK_CODE, MEMORY_BYTES);
    return exports === null ? null : new PlainRowsWalk(exports as WalkExports);
  }

  private constructor(private readonly code: WalkExports) {
    this.bytes = new Uint8Array(code.memory.buffer);
    this.counts = new Uint32Array(code.memory.buffer);
  }

  /** Rows that the last walk passed. */
  get count(): number {
    return this.counts[COUNT_AT / Uint32Array.BYTES_PER_ELEMENT] ?? 0;
  }

  /** Whether the last row that the last walk passed is on the number that is looked for. */
  get isWanted(): boolean {
    return this.counts[IS_WANTED_AT / Uint32Array.BYTES_PER_ELEMENT] === 1;
  }

  /**
   * Makes walks end after each row with this number.
   *
   * @param rowEnd the end of such rows, comma to LF, 4 to 7 bytes; none: no search
   */
  lookFor(rowEnd: Uint8Array): void {
    const words = new DataView(this.bytes.buffer);
    let wanted = 0n;
    for (const byte of rowEnd.toReversed()) wanted = (wanted << 8n) | BigInt(byte);
    words.setBigUint64(WANTED_AT, wanted, true);
    words.setBigUint64(WANTED_SHIFT_AT, 64n - 8n * BigInt(rowEnd.length), true);
  }

  /**
   * Copies a window of rows.
   *
   * @param rows valid UTF-8
   * @param start where the window begins
   * @param end how far it may reach
   * @param prefixBytes how many of the first bytes of `rows` every row must begin with, at most 6
   * @returns how far it reaches
   */
  load(rows: Uint8Array, start: number, end: number, prefixBytes: number): number {
    this.beginRowsWith(rows, 0, prefixBytes);
    return this.loadWindow(rows, start, end);
  }

  /** Lets every row begin with the `prefixBytes` bytes, at most 6, that stand in `rows` at `at`. */
  beginRowsWith(rows: Uint8Array, at: number, prefixBytes: number): void {
    this.prefixBytes = prefixBytes;
    for (let i = 0; i < prefixBytes; i++) this.bytes[i] = rows[at + i] ?? 0;
  }

  /** Copies a window of rows, whatever they begin with. @returns how far it reaches */
  loadWindow(rows: Uint8Array, start: number, end: number): number {
    this.windowStart = start;
    this.windowEnd = Math.min(end, start + LIMITS.checkWindowBytes);
    const isAll = start === 0 && this.windowEnd === rows.length;
    this.bytes.set(isAll ? rows : rows.subarray(start, this.windowEnd), ROWS_AT);
    return this.windowEnd;
  }

  /**
   * Walks as far as rows are plain and lie in the window, or up to a row that is looked for.
   *
   * @param start in the window
   * @param countMax rows at most
   * @returns where the walk ended
   */
  walk(start: number, countMax: number): number {
    const offset = ROWS_AT - this.windowStart;
    const end = this.windowEnd + offset;
    const most = Math.min(countMax, LIMITS.checkWindowBytes);
    return this.code.walk(start + offset, end, this.prefixBytes, most) - offset;
  }
}
