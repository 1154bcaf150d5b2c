/**
 * Makes rows of the lines of an agency's file, by what every row begins with. WebAssembly takes a tenth of the time
 * that text takes; text is the way where there is none, and in the tests what the other is compared with.
 */
import { invariant } from '../base/invariant';
import { lazily } from '../base/lazily';
import { LIMITS } from '../base/limits';
import { copyOfShared, copyToShared, createWasmMemory, instantiate } from './wasm/instance';
import { ROW_PREFIX_CODE } from './wasm/row-prefix-code';

/** What rows have in place of the LF of a line: CR LF where lines end in LF alone. */
export type RowEnding = '\n' | '\r\n';

interface PrefixExports {
  readonly prefix: (
    at: number,
    end: number,
    to: number,
    prefixBytes: number,
    ending: number,
    endingBytes: number,
  ) => number;
}

// The layout of its memory, as in row-prefix.wat.
const PREFIX_BYTES_MAX = 6;
const LINES_AT = 16;
const BEHIND_BYTES = 16;
/** What is read at once, and a line before it that was not whole. */
const LINES_BYTES_MAX = LIMITS.csvRowBytesMax + LIMITS.csvChunkBytes;
/** An empty line, which is a byte, becomes the longest prefix and two bytes. */
const ROWS_BYTES_MAX = (LINES_BYTES_MAX + 2) * (PREFIX_BYTES_MAX + 2);
const ROWS_AT = LINES_AT + LINES_BYTES_MAX + 2 + BEHIND_BYTES;
const MEMORY_BYTES = ROWS_AT + ROWS_BYTES_MAX + BEHIND_BYTES;

const LF = 0x0a;
/** As the code takes them: the first byte is the lowest. */
const CODE_OF: Readonly<Record<RowEnding, number>> = { '\n': 0x0a, '\r\n': 0x0a0d };

export class RowPrefix {
  private readonly bytes: Buffer;

  /** @returns null where there is no WebAssembly */
  static create(): RowPrefix | null {
    const memory = createWasmMemory(MEMORY_BYTES);
    if (memory === null) return null;
    const exports = instantiate(ROW_PREFIX_CODE, memory);
    return exports === null ? null : new RowPrefix(exports as PrefixExports, memory.buffer);
  }

  private constructor(
    private readonly code: PrefixExports,
    memory: SharedArrayBuffer,
  ) {
    this.bytes = Buffer.from(memory);
  }

  /** As {@link rowsOfLines}. */
  rowsOf(lines: Buffer, prefix: string, ending: RowEnding): Buffer {
    const { bytes } = this;
    invariant(
      lines.length > 0 && lines.length <= LINES_BYTES_MAX && prefix.length <= PREFIX_BYTES_MAX,
      'lines are made rows a block at a time',
    );
    bytes.write(prefix, 0, 'latin1');
    copyToShared(bytes, LINES_AT, lines);
    let linesEnd = LINES_AT + lines.length;
    if (lines.at(-1) !== LF) linesEnd += bytes.write(lastEnd(ending), linesEnd, 'latin1');
    const end = this.code.prefix(
      LINES_AT,
      linesEnd,
      ROWS_AT,
      prefix.length,
      CODE_OF[ending],
      ending.length,
    );
    return copyOfShared(bytes, ROWS_AT, end);
  }
}

/** What a last line without an end is to end in, so that its row ends in CR LF. */
function lastEnd(ending: RowEnding): string {
  return ending === '\r\n' ? '\n' : '\r\n';
}

/** Null where there is no WebAssembly. */
const threadsPrefix = lazily(() => RowPrefix.create());

/**
 * Makes a row of each line.
 *
 * @param lines one or more, at most a block that is read at once; the last one may have no end
 * @param prefix of every row: the agency and a comma
 * @param ending what stands in place of each LF
 */
export function rowsOfLines(lines: Buffer, prefix: string, ending: RowEnding): Buffer {
  return threadsPrefix()?.rowsOf(lines, prefix, ending) ?? rowsByText(lines, prefix, ending);
}

/** The same, without WebAssembly. */
export function rowsByText(lines: Buffer, prefix: string, ending: RowEnding): Buffer {
  const text = lines.toString('latin1');
  const ended = text.endsWith('\n') ? text : text + lastEnd(ending);
  const rows = prefix + ended.slice(0, -1).replaceAll('\n', ending + prefix) + ending;
  return Buffer.from(rows, 'latin1');
}
