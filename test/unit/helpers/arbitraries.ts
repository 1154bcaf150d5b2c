/** Bets for property tests. */
import * as fc from 'fast-check';
import type { BetText } from '../../../src/domain/bet-fields';

const FIRST_DAY = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
/** 0001-01-01 and 9999-12-31, in days from 2000-01-01. */
const DAYS = { min: -730_119, max: 2_921_939 };

const letter = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'Z', 'á', 'ñ', 'Ü', ' ', "'", '-', '.', '|', ';') },
  { weight: 2, arbitrary: fc.constantFrom(',', '"', '""', '","', ',7574', '🍀', '日', '\u0301') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
);

function isGoodName(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  return bytes.length >= 1 && bytes.length <= 512 && !bytes.some((b) => b < 0x20 || b === 0x7f);
}

/** A name that a bet may have; some are as long as they may be. */
export const goodName: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 9, arbitrary: fc.string({ unit: letter, minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.string({ unit: letter, minLength: 100, maxLength: 200 }) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(512), '"'.repeat(512), 'é'.repeat(256)) },
  )
  .filter(isGoodName);

const digit = fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');

export const goodDocument = fc.string({ unit: digit, minLength: 1, maxLength: 10 });

export const goodDate = fc
  .integer(DAYS)
  .map((days) => new Date(FIRST_DAY + days * DAY_MS).toISOString().slice(0, 10));

/** A number as people write it: perhaps with zeros in front. */
const goodNumber = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('7574', '0', '9999', '0042', '00000') },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 9999 }).map(String) },
);

export const goodBet: fc.Arbitrary<BetText> = fc.record({
  firstName: goodName,
  lastName: goodName,
  document: goodDocument,
  birthdate: goodDate,
  number: goodNumber,
});

export const goodAgency = fc.oneof(
  fc.constantFrom(1, 5, 65_535),
  fc.integer({ min: 1, max: 65_535 }),
);

/** Small pieces that make up `bytes`. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => Buffer.from(bytes.subarray(ends[i - 1] ?? 0, end)));
}
