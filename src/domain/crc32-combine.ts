/**
 * The CRC-32 of two concatenated pieces of data, from the CRC-32 of each and the length of the second. So parts
 * of a file can be read in parallel, in any order.
 *
 * A CRC is the remainder of a polynomial over GF(2). Appending `n` bytes multiplies the polynomial by x^8n,
 * which needs the remainder only.
 */

/** The divisor of CRC-32 without its highest term, x^31 as the lowest bit. */
const DIVISOR = 0xedb8_8320;
/** x^0. */
const ONE = 0x8000_0000;
/** x^8: one byte. */
const BYTE = 0x0080_0000;
/** The length of a file is below 2^53. */
const LENGTH_BITS_MAX = 53;

/** The product of two remainders, divided again; both are unsigned. */
function multiply(a: number, b: number): number {
  let product = 0;
  let term = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= term;
    // Times x; what overflows is divided away.
    term = (term & 1) === 0 ? term >>> 1 : (term >>> 1) ^ DIVISOR;
  }
  return product >>> 0;
}

/** x^(8 * 2^i), for every bit that a length has. */
const POWERS: readonly number[] = powersOf(BYTE);

function powersOf(first: number): number[] {
  const powers = [first];
  for (let i = 1; i < LENGTH_BITS_MAX; i++) {
    const last = powers.at(-1) ?? first;
    powers.push(multiply(last, last));
  }
  return powers;
}

/**
 * @param first CRC-32 of the first piece
 * @param second CRC-32 of the second piece
 * @param secondBytes length of the second piece
 * @returns CRC-32 of both
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  let moved = first;
  for (let left = secondBytes, i = 0; left > 0; left = Math.floor(left / 2), i++) {
    if (left % 2 === 1) moved = multiply(moved, POWERS[i] ?? ONE);
  }
  return (moved ^ second) >>> 0;
}
