/** The legacy dialects by name, and their detection (docs/DIALECTS.md). */
import type { ServerCodec } from '../commands';
import type { Dialect } from '../conversion';
import { NativeServerCodec } from '../native/server-codec';
import { OpcodeServerCodec } from './opcode';
import { PipeServerCodec } from './pipe';
import { SemicolonServerCodec } from './semicolon';
import { TlvServerCodec } from './tlv';

/** The central's end of a dialect, for one connection. */
export const CREATE_CODEC: Readonly<Record<Dialect | 'native', () => ServerCodec>> = {
  native: () => new NativeServerCodec(),
  pipe: () => new PipeServerCodec(),
  tlv: () => new TlvServerCodec(),
  opcode: () => new OpcodeServerCodec(),
  semicolon: () => new SemicolonServerCodec(),
};

/** Bytes needed to detect the dialect. */
export const DETECTION_BYTES = 3;

const NATIVE_FIRST = 0xa5;
const SPACE = 0x20;
const OPCODES: readonly number[] = [1, 3, 5, 6];
const TLV_TYPES: readonly number[] = [1, 5];
const ASK_START = Buffer.from('win', 'latin1');

/**
 * Detects the dialect of a connection from its first bytes.
 *
 * @param start the first DETECTION_BYTES bytes of a connection
 * @returns null: unknown
 */
export function detectDialect(start: Buffer): Dialect | 'native' | null {
  const [first = 0, second = 0, third = 0] = start;
  if (first === NATIVE_FIRST) return 'native';
  if (start.equals(ASK_START)) return 'pipe';
  if (isDigit(first)) return isPipeNumber(second, third) ? 'pipe' : null;
  if (first === 0 && third === 0) return TLV_TYPES.includes(second) ? 'tlv' : null;
  if (isDigit(third)) return 'semicolon';
  return OPCODES.includes(first) ? 'opcode' : null;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether a number and the space after it can continue with these bytes. */
function isPipeNumber(second: number, third: number): boolean {
  if (second === SPACE) return isDigit(third);
  return isDigit(second) && (third === SPACE || isDigit(third));
}
