/**
 * Walks plain rows with WebAssembly, in a quarter of the time that row-bytes.ts takes for the same
 * rows byte by byte. What a plain row is, `wasm/row-check.wat` says; any other row is left to
 * row-bytes.ts.
 */
import { LIMITS } from '../base/limits';
import { instantiate, type WasmExports } from './wasm/instance';
import { ROW_CHECK_CODE } from './wasm/row-check-code';

interface WalkExports extends WasmExports {
  readonly walk: (at: number, end: number, prefixBytes: number, countMax: number) => number;
}

// The layout of its memory, as in row-check.wat.
const COUNT_AT = 8;
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
    this.prefixBytes = prefixBytes;
    this.windowStart = start;
    this.windowEnd = Math.min(end, start + LIMITS.checkWindowBytes);
    for (let i = 0; i < prefixBytes; i++) this.bytes[i] = rows[i] ?? 0;
    const isAll = start === 0 && this.windowEnd === rows.length;
    this.bytes.set(isAll ? rows : rows.subarray(start, this.windowEnd), ROWS_AT);
    return this.windowEnd;
  }

  /**
   * Walks as far as rows are plain and lie in the window.
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
