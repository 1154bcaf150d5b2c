/**
 * The CRC-32 of two concatenated pieces of data, from the CRC-32 of each and the length of the second. So parts
 * of a file can be read in parallel, in any order.
 *
 * A CRC is the remainder of a polynomial over GF(2). Appending `n` bytes multiplies the polynomial by x^8n,
 * which needs the remainder only.
 *
 * Remainders are handled as 32-bit signed integers, which V8 keeps in registers, and without branches on their
 * bits: half of those would be mispredicted, and a central combines once for each batch that a worker has parsed.
 */
import { LIMITS } from '../base/limits';

/** The divisor of CRC-32 without its highest term, x^31 as the lowest bit. */
const DIVISOR = 0xedb8_8320 | 0;
/** x^0. */
const ONE = 0x8000_0000 | 0;
/** x^8: one byte. */
const BYTE = 0x0080_0000;

/** x^(8n) for every length n of a batch, computed when first needed; 0, which none of them is, before. */
const batchPowers = new Int32Array(LIMITS.frameBytesMax + 1);

/** The product of two remainders, divided again. */
function multiply(a: number, b: number): number {
  let product = 0;
  let term = b;
  for (let factor = a; factor !== 0; factor <<= 1) {
    // The sign of `factor`, its current bit, in all 32 bits.
    product ^= term & (factor >> 31);
    // Times x; what overflows is divided away.
    term = (term >>> 1) ^ (DIVISOR & -(term & 1));
  }
  return product;
}

/** x^(8n), by repeated squaring; `bytes` may be above 2^32. */
function powerOf(bytes: number): number {
  let power = ONE;
  let square = BYTE;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

function batchPowerOf(bytes: number): number {
  const known = batchPowers[bytes] ?? 0;
  if (known !== 0) return known;
  const power = powerOf(bytes);
  batchPowers[bytes] = power;
  return power;
}

/**
 * @param first CRC-32 of the first piece
 * @param second CRC-32 of the second piece
 * @param secondBytes length of the second piece
 * @returns CRC-32 of both
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  const power = secondBytes < batchPowers.length ? batchPowerOf(secondBytes) : powerOf(secondBytes);
  return (multiply(power, first | 0) ^ second) >>> 0;
}
