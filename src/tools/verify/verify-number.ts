/** Verifies the winning number against the terms of the lottery and the published commitment. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { drawnNumber } from '../../domain/drawn-number';
import { COMMITMENT_NAME, demandOwnCommitment } from '../../store/file/acta/commitment';
import { readOnlyFiles } from '../../store/file/directory/files';
import { isUntouched, type StoreState } from '../../store/state';
import { incomplete, otherThanPublished, type DamageAt } from '../../store/store-error';
import { commitmentOf, randomTerms, saltOf, type NumberTerms } from '../../store/terms';

/**
 * Checks the seed against its commitment, and that `commitment.json` is there.
 *
 * @param commitment the published one, if kept; hexadecimal
 * @throws LoteriaError STORE_DAMAGED, STORE_INCOMPLETE
 */
export function verifyCommitment(
  directory: string,
  state: Readonly<StoreState>,
  commitment: string | undefined,
): void {
  const number = state.terms?.winningNumber ?? null;
  demandOwnCommitment(readOnlyFiles, directory, number);
  const random = randomTerms(number);
  const path = join(directory, COMMITMENT_NAME);
  if (random !== null && !existsSync(path)) throw unpublished(path, isUntouched(state));
  demandCommitment(path, number, commitment);
}

/**
 * @param where the terms are, for the error
 * @param commitment the published one, if kept; hexadecimal
 * @throws LoteriaError STORE_DAMAGED
 */
export function demandCommitment(
  where: string,
  number: NumberTerms | null,
  commitment: string | undefined,
): void {
  if (commitment === undefined) return;
  const random = randomTerms(number);
  const found = random === null ? 'none' : commitmentOf(random.seed);
  if (found === commitment.toLowerCase()) return;
  const what = `the commitment to the winning number is ${found}`;
  throw otherThanPublished(where, what, commitment);
}

/** @param isNew nobody has taken part: the central may have been killed before it published anything */
function unpublished(path: string, isNew: boolean): LoteriaError {
  if (isNew) return incomplete(path, 'what was promised of the number is not published yet');
  return new LoteriaError(
    'STORE_DAMAGED',
    `${path}: the file is missing: it was published before the first bet, and removed since. Nothing was ` +
      'changed. Restore it from a backup, or start the central on this directory once, which makes it ' +
      'anew; then compare it with what was logged (action: commitment)',
  );
}

/**
 * Checks that the number that was drawn follows from the terms, and from all bets where it is random.
 *
 * @param inActa makes the error
 * @param digest of all bets, in blocks of the size that their number gives
 * @throws LoteriaError STORE_DAMAGED
 */
export function verifyNumber(
  inActa: DamageAt,
  { terms, draw, salt: recorded }: Readonly<StoreState>,
  digest: string,
): void {
  if (draw === null) return;
  const number = terms?.winningNumber ?? { kind: 'fixed', number: LOTTERY_WINNER_NUMBER };
  const drawn = String(draw.winningNumber);
  const expectedNumber = (): number => {
    if (number.kind === 'fixed') return number.number;
    const salt = saltOf(number, recorded);
    if (salt.kind === 'known') return drawnNumber(number.seed, digest, salt.value);
    throw inActa(`${drawn} was drawn without the value of ${salt.source}`);
  };
  const expected = expectedNumber();
  if (draw.winningNumber === expected) return;
  throw inActa(`${drawn} was drawn, but the number is ${String(expected)}`);
}
