/** Checks that an acta, and the bets that it certifies, are what the journal recorded. */
import { isDeepStrictEqual } from 'node:util';
import type { LoteriaError } from '../base/errors';
import { drawnNumber } from '../domain/drawn-number';
import {
  actaDigestOf,
  blockBytesFor,
  lastLink,
  type Acta,
  type ActaBets,
  type ActaOutcome,
} from './acta';
import type { LotteryState } from './state';
import { damaged, MOVE_AWAY, type DamageAt } from './store-error';

/** The digests that the journal holds; null: not recorded. */
export type RecordedDigests = Pick<LotteryState, 'betsDigest' | 'actaDigest'>;

/** What is wrong with bets, or an acta, that have other digests than are recorded; null: nothing. */
export function differenceFromRecord(
  bets: ActaBets,
  { betsDigest, actaDigest }: RecordedDigests,
): string | null {
  if (betsDigest !== null && bets.digest !== betsDigest) {
    return `the digest of all bets is ${bets.digest}, but ${betsDigest} was recorded before the draw`;
  }
  const found = actaDigest === null ? null : actaDigestOf(bets);
  if (found === actaDigest) return null;
  return `the digest of the acta is ${String(found)}, but ${String(actaDigest)} was recorded`;
}

/**
 * Checks what an acta states about bets.csv, as far as possible without reading the file.
 *
 * @param inActa makes the error
 * @throws LoteriaError STORE_DAMAGED
 */
export function checkChain(
  inActa: DamageAt,
  acta: Acta,
  { csvBytes, ...recorded }: RecordedDigests & { readonly csvBytes: number },
): void {
  const blockBytes = blockBytesFor(csvBytes);
  const links = Math.ceil(csvBytes / blockBytes);
  const demand = (key: string, found: string | number, expected: string | number): void => {
    if (found === expected) return;
    throw foreignActa(inActa, `${key} is ${String(found)}, but must be ${String(expected)}`);
  };
  demand('csv_bytes', acta.csv_bytes, csvBytes);
  demand('block_bytes', acta.block_bytes, blockBytes);
  demand('the length of chain', acta.chain.length, links);
  demand('digest', acta.digest, lastLink(acta.chain));
  if (acta.random !== null) {
    const { seed, salt } = acta.random;
    const number = drawnNumber(seed, acta.digest, salt);
    const what = `the number that follows from digest, seed and salt is ${String(number)}`;
    if (number !== acta.winning_number) {
      throw foreignActa(inActa, `${what}, not ${String(acta.winning_number)}`);
    }
  }
  const difference = differenceFromRecord(acta, recorded);
  if (difference !== null) throw foreignActa(inActa, difference);
}

/**
 * Checks that an acta agrees with the store.
 *
 * @param inActa makes the error
 * @throws LoteriaError STORE_DAMAGED with the first thing that differs
 */
export function checkActa(inActa: DamageAt, acta: Acta, expected: ActaOutcome): void {
  // Earlier versions left it out; the journal has its own record of what it covers.
  const found: ActaOutcome = { winners_digest: expected.winners_digest, ...acta };
  for (const key of Object.keys(expected) as (keyof ActaOutcome)[]) {
    if (isDeepStrictEqual(found[key], expected[key])) continue;
    const [there, wanted] = [found[key], expected[key]].map((value) => JSON.stringify(value));
    throw foreignActa(inActa, `${key} is ${String(there)}, but the store says ${String(wanted)}`);
  }
}

/** An acta that is not what this central wrote. */
export function foreignActa(inActa: DamageAt, what: string): LoteriaError {
  const anew = 'which makes it anew from the bets, with the digest that was logged (action: acta)';
  return inActa(what, 0, `Restore it from a backup, or ${MOVE_AWAY}, ${anew}`);
}

/** An acta in front of its draw: it is of another directory, or the journal was put back. */
export function withoutDraw(path: string): LoteriaError {
  const advice =
    `If it is of another directory, ${MOVE_AWAY}; if it is of this one, the journal was put back: ` +
    'restore that from a backup, or there would be a second draw';
  return damaged(path, 0, 'an acta, but the journal knows of no draw', advice);
}
