/** docs/DRAW.md by hand, without the code under test. */
import { createHash, createHmac } from 'node:crypto';

/** Of a file of up to 16 MiB. */
const BLOCK_BYTES = 4096;

/** The chained digest of all bets. */
export function digestOf(csv: Buffer): Buffer {
  const sha = (...parts: readonly Buffer[]): Buffer =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  let digest = sha();
  for (let at = 0; at < csv.length; at += BLOCK_BYTES) {
    digest = sha(digest, sha(csv.subarray(at, at + BLOCK_BYTES)));
  }
  return digest;
}

/** The number that follows from all bets, the seed and the salt. */
export function numberOf(csv: Buffer, seed: Buffer, salt: string): number {
  for (let counter = 0; ; counter++) {
    const parts = [digestOf(csv), Buffer.from(salt), Buffer.from([0, 0, 0, counter])];
    const value = createHmac('sha256', seed).update(Buffer.concat(parts)).digest().readUInt32BE();
    if (value < 4_294_960_000) return value % 10_000;
  }
}
