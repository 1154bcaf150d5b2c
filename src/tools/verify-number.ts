/** The winning number, against the terms of the lottery and what was published of them. */
import { join } from 'node:path';
import { LOTTERY_WINNER_NUMBER } from '../domain/bet';
import { drawnNumber } from '../domain/drawn-number';
import { ACTA_NAME } from '../store/file/acta';
import { COMMITMENT_NAME, demandOwnCommitment } from '../store/file/commitment';
import { readOnlyFiles } from '../store/file/files';
import { damaged } from '../store/file/replay';
import type { StoreState } from '../store/state';
import { commitmentOf } from '../store/terms';

/**
 * Checks that the seed is the one that was promised.
 *
 * @param commitment what was published, if somebody kept it; hexadecimal
 * @throws LoteriaError STORE_DAMAGED
 */
export function verifyCommitment(
  directory: string,
  { terms }: Readonly<StoreState>,
  commitment: string | undefined,
): void {
  const number = terms?.winningNumber ?? null;
  demandOwnCommitment(readOnlyFiles, directory, number);
  if (commitment === undefined) return;
  const found = number?.kind === 'random' ? commitmentOf(number.seed) : 'none';
  if (found === commitment.toLowerCase()) return;
  const what = `the commitment to the winning number is ${found}, not ${commitment}`;
  throw damaged(join(directory, COMMITMENT_NAME), 0, what);
}

/**
 * Checks that the number that was drawn follows from the terms, and from all bets where it is random.
 *
 * @param digest of all bets, in blocks of the size that their number gives
 * @throws LoteriaError STORE_DAMAGED
 */
export function verifyNumber(
  directory: string,
  { terms, draw }: Readonly<StoreState>,
  digest: string,
): void {
  if (draw === null) return;
  const path = join(directory, ACTA_NAME);
  const number = terms?.winningNumber ?? { kind: 'fixed', number: LOTTERY_WINNER_NUMBER };
  const expected =
    number.kind === 'fixed' ? number.number : drawnNumber(number.seed, digest, number.salt);
  if (draw.winningNumber === expected) return;
  const drawn = String(draw.winningNumber);
  throw damaged(path, 0, `${drawn} was drawn, but the number is ${String(expected)}`);
}
