/** Rows for the load, as the protocol has them; the same ones for every run. */
import { FIRST_NAMES, SURNAMES } from '../../src/tools/data/names';

const BET_NUMBERS = 10_000;

/** A number from 0 up to `below`, of its own for each `index` and `salt`. */
function pseudoRandom(index: number, salt: number, below: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x ^= x >>> 12;
  return (x >>> 0) % below;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** What follows the agency's number in the row of the `index`-th bet, comma in front, CR LF behind. */
export function rowTail(index: number): string {
  const first = FIRST_NAMES[pseudoRandom(index, 1, FIRST_NAMES.length)] ?? '';
  const second = FIRST_NAMES[pseudoRandom(index, 2, FIRST_NAMES.length)] ?? '';
  const surname = SURNAMES[pseudoRandom(index, 3, SURNAMES.length)] ?? '';
  const document = 10_000_000 + pseudoRandom(index, 4, 36_000_000);
  const year = 1940 + pseudoRandom(index, 5, 60);
  const month = two(1 + pseudoRandom(index, 6, 12));
  const day = two(1 + pseudoRandom(index, 7, 28));
  const number = pseudoRandom(index, 8, BET_NUMBERS);
  const birthdate = `${String(year)}-${month}-${day}`;
  return `,${first} ${second},${surname},${String(document)},${birthdate},${String(number)}\r\n`;
}

export function rowTails(count: number): string[] {
  return Array.from({ length: count }, (_, i) => rowTail(i));
}
