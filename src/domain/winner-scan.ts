/**
 * Finds winning rows in the bytes of `bets.csv`.
 *
 * A row on the winning number ends in `,7574` CR LF, and nothing else does: names hold no line
 * break (row-check.ts), so a search for those bytes finds every winner, and only the rows that it
 * finds are looked at. WebAssembly searches its own memory only; rows that were read straight into
 * `winnerScanBuffer` are there, others are searched by Node, which takes ten times as long.
 */
import { LIMITS } from '../base/limits';
import { LOTTERY_WINNER_NUMBER } from './bet';
import { instantiate, type WasmExports } from './wasm/instance';
import { WINNER_SCAN_CODE } from './wasm/winner-scan-code';

const ROW_END = Buffer.from(`,${String(LOTTERY_WINNER_NUMBER)}\r\n`, 'latin1');
const COMMA = 0x2c;
const LF = 0x0a;
const DATE_BYTES = 10;

interface ScanExports extends WasmExports {
  readonly find: (from: number, end: number) => number;
}

// The layout of its memory, as in winner-scan.wat.
const ROWS_AT = 64;
const LOADED_BEHIND_BYTES = 64;
const MEMORY_BYTES = ROWS_AT + LIMITS.scanChunkBytes + LOADED_BEHIND_BYTES;

interface ScanCode {
  /** The place for rows in its memory. */
  readonly rows: Buffer;
  readonly find: (from: number, end: number) => number;
}

/** One for each thread, made for its first search; null where there is no WebAssembly. */
let sharedCode: ScanCode | null | undefined;

function threadsCode(): ScanCode | null {
  if (sharedCode === undefined) {
    const exports = instantiate(WINNER_SCAN_CODE, MEMORY_BYTES) as ScanExports | null;
    sharedCode = exports && {
      rows: Buffer.from(exports.memory.buffer, ROWS_AT, LIMITS.scanChunkBytes),
      find: exports.find,
    };
  }
  return sharedCode;
}

/**
 * Where to read rows that `scanWinners` is to search fast: one buffer for the whole thread, so its
 * bytes are only good until anybody else in the thread reads rows there.
 *
 * @param bytes how large; above `scanChunkBytes` it is an ordinary buffer
 */
export function winnerScanBuffer(bytes: number = LIMITS.scanChunkBytes): Buffer {
  const rows = threadsCode()?.rows;
  if (rows === undefined || bytes > rows.length) return Buffer.allocUnsafe(bytes);
  return rows.subarray(0, bytes);
}

/** Called for each winning row, in stored order. */
export type WinnerSink = (agency: number, document: string) => void;

/**
 * Looks through whole rows.
 *
 * @param rows must begin at the start of a row; bytes behind the last LF are not looked at
 */
export function scanWinners(rows: Buffer, sink: WinnerSink): void {
  let from = 0;
  for (;;) {
    const hit = nextRowEnd(rows, from);
    if (hit < 0) return;
    from = hit + ROW_END.length;
    // ...,document,YYYY-MM-DD,7574
    const documentEnd = hit - DATE_BYTES - 1;
    const documentStart = rows.lastIndexOf(COMMA, documentEnd - 1) + 1;
    const rowStart = rows.lastIndexOf(LF, documentStart) + 1;
    const agencyEnd = rows.indexOf(COMMA, rowStart);
    sink(
      Number(rows.toString('latin1', rowStart, agencyEnd)),
      rows.toString('latin1', documentStart, documentEnd),
    );
  }
}

/** Where the next comma in front of the winning number and CR LF is; -1 when there is none. */
function nextRowEnd(rows: Buffer, from: number): number {
  const code = sharedCode;
  if (code?.rows.buffer !== rows.buffer) return rows.indexOf(ROW_END, from);
  const hit = code.find(rows.byteOffset + from, rows.byteOffset + rows.length);
  return hit < 0 ? -1 : hit - rows.byteOffset;
}
