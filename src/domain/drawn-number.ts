/** The random winning number: it follows from a seed, all bets, and a salt (docs/DRAW.md). */
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';

const NUMBERS = LIMITS.betNumberMax + 1;
/** Above the last whole multiple of 10,000 some numbers would be likelier than others. */
const VALUES = Math.floor(2 ** 32 / NUMBERS) * NUMBERS;

/**
 * HMAC-SHA-256 with the seed as key over digest, salt, and a counter of four bytes, big-endian, from
 * 0 on. The first four bytes, big-endian, are the value. The number is the first value below 4,294,960,000,
 * modulo 10,000.
 *
 * @param seed 32 bytes in hexadecimal
 * @param digest of all bets, 32 bytes in hexadecimal
 * @param salt its UTF-8 bytes count; null: none
 * @returns 0 to 9999
 */
export function drawnNumber(seed: string, digest: string, salt: string | null): number {
  const counter = Buffer.alloc(4);
  for (let i = 0; ; i++) {
    counter.writeUInt32BE(i);
    const value = nodeCrypto()
      .createHmac('sha256', Buffer.from(seed, 'hex'))
      .update(Buffer.from(digest, 'hex'))
      .update(salt ?? '', 'utf8')
      .update(counter)
      .digest()
      .readUInt32BE(0);
    if (value < VALUES) return value % NUMBERS;
  }
}
