/**
 * Walks plain rows with WebAssembly, four times as fast as row-bytes.ts. `wasm/row-check.wat` defines plain
 * rows; row-bytes.ts checks all others.
 */
import { LIMITS } from '../base/limits';
import { copyToShared, createWasmMemory, instantiate, type WasmMemory } from './wasm/instance';
import { ROW_CHECK_CODE } from './wasm/row-check-code';

interface WalkExports {
  readonly walk: (at: number, end: number, prefixBytes: number, countMax: number) => number;
}

// The layout of its memory, as in row-check.wat.
const COUNT_AT = 8;
const IS_WANTED_AT = 12;
const WANTED_AT = 128;
const WANTED_SHIFT_AT = 136;
/** From here on its memory is for rows. */
export const ROWS_AT = 256;
/** What must be there behind the last row. */
export const LOADED_BEHIND_BYTES = 128;
const MEMORY_BYTES = ROWS_AT + LIMITS.checkWindowBytes + LOADED_BEHIND_BYTES;

export class PlainRowsWalk {
  private readonly bytes: Buffer;
  private readonly counts: Uint32Array;
  private prefixBytes = 0;
  /** How far the rows are loaded. */
  private windowEnd = 0;
  /** Where in memory the first of all rows would be, if all were loaded. */
  private origin = 0;

  /** @returns null where there is no WebAssembly */
  static create(): PlainRowsWalk | null {
    const memory = createWasmMemory(MEMORY_BYTES);
    return memory === null ? null : PlainRowsWalk.within(memory);
  }

  /**
   * A walk over rows that stand in `memory` already, from ROWS_AT on; other rows are copied there.
   *
   * @returns null where there is no WebAssembly
   */
  static within(memory: WasmMemory): PlainRowsWalk | null {
    const exports = instantiate(ROW_CHECK_CODE, memory);
    return exports === null ? null : new PlainRowsWalk(exports as WalkExports, memory);
  }

  private constructor(
    private readonly code: WalkExports,
    memory: WasmMemory,
  ) {
    this.bytes = Buffer.from(memory.buffer);
    this.counts = new Uint32Array(memory.buffer);
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
   * Copies a window of rows; those that stand in memory already are one window.
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

  /** The same, whatever the rows begin with. @returns how far it reaches */
  loadWindow(rows: Uint8Array, start: number, end: number): number {
    if (rows.buffer === this.bytes.buffer) {
      this.origin = rows.byteOffset;
      this.windowEnd = end;
      return end;
    }
    this.origin = ROWS_AT - start;
    this.windowEnd = Math.min(end, start + LIMITS.checkWindowBytes);
    const isAll = start === 0 && this.windowEnd === rows.length;
    const window = isAll ? rows : rows.subarray(start, this.windowEnd);
    copyToShared(this.bytes, ROWS_AT, window);
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
    const { origin } = this;
    const end = this.windowEnd + origin;
    // No row is shorter than a byte.
    const most = Math.min(countMax, this.windowEnd - start);
    return this.code.walk(start + origin, end, this.prefixBytes, most) - origin;
  }
}
