/** What came out of the draw, against the bets: winners.csv, the record of the draw, and the acta. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError } from '../../base/errors';
import { outcomeOf, type Acta } from '../../store/acta';
import { checkActa, withoutDraw } from '../../store/acta-check';
import { ACTA_NAME } from '../../store/file/acta/acta-file';
import { isActaExpected } from '../../store/file/acta/acta-pending';
import { readOnlyFiles } from '../../store/file/directory/files';
import { SEGMENT_NAMES } from '../../store/file/journal/journal';
import { WINNERS_NAME } from '../../store/file/winners/winners-file';
import { WinnersReader } from '../../store/file/winners/winners-reader';
import type { DrawRecord, StoreState } from '../../store/state';
import { damaged, damageIn, incomplete } from '../../store/store-error';
import { WinnersDigests } from './winners-digests';

/**
 * @param found the winners among the bets
 * @param counts how many of them each agency has
 * @returns the same; null when there was no draw
 * @throws LoteriaError STORE_DAMAGED, STORE_INCOMPLETE
 */
export function verifyDraw(
  directory: string,
  state: Readonly<StoreState>,
  acta: Acta | null,
  found: WinnersDigests,
  counts: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> | null {
  const actaPath = join(directory, ACTA_NAME);
  if (state.bareDraw !== null) {
    const what = 'an earlier version recorded the draw without its outcome';
    throw incomplete(join(directory, SEGMENT_NAMES[0]), what);
  }
  if (state.draw === null) {
    if (acta !== null) throw withoutDraw(actaPath);
    return null;
  }
  const winnersPath = join(directory, WINNERS_NAME);
  compareRecord(winnersPath, state.draw, counts, compareWinners(winnersPath, found));
  if (acta === null) throw withoutActa(directory, actaPath);
  checkActa(
    damageIn(actaPath),
    acta,
    outcomeOf(state, state.draw, (agency) => counts.get(agency) ?? 0),
  );
  return counts;
}

function withoutActa(directory: string, path: string): LoteriaError {
  if (isActaExpected(readOnlyFiles, directory)) {
    return incomplete(path, 'the draw was made, but its acta is not written yet');
  }
  return new LoteriaError(
    'STORE_DAMAGED',
    `${path}: the file is missing: it was written after the draw, and removed since. Nothing was ` +
      'changed. Restore it from a backup, or start the central on this directory once, which makes it ' +
      'anew from the bets; then compare its digest with the one that was logged (action: acta)',
  );
}

/**
 * @param found among the bets
 * @returns SHA-256 of the file
 */
function compareWinners(path: string, found: WinnersDigests): string {
  if (!existsSync(path)) throw incomplete(path, 'the file is missing');
  const saved = new WinnersDigests();
  const reader = new WinnersReader(readOnlyFiles, path, path, (agency, rows) => {
    saved.addOf(agency, rows);
  });
  let digest: string;
  try {
    while (!reader.step());
    ({ digest } = reader.finish());
  } finally {
    reader.close();
  }
  const agency = found.differenceFrom(saved);
  if (agency === null) return digest;
  throw damaged(path, 0, `not the winners among the bets of agency ${String(agency)}`);
}

/** Compares the journal's record of the winners with those among the bets and in the file. */
function compareRecord(
  path: string,
  draw: DrawRecord,
  counts: ReadonlyMap<number, number>,
  digest: string,
): void {
  let winners = 0;
  for (const count of counts.values()) winners += count;
  if (winners === draw.winners && digest === draw.digest) return;
  const text = `${String(winners)} winners, digest ${digest}; the journal says`;
  throw damaged(path, 0, `${text} ${String(draw.winners)}, ${draw.digest}`);
}
