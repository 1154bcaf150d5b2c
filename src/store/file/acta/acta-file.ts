/** `acta.json`: the certificate of the draw in its file. */
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../../base/errors';
import { ACTA, actaText, outcomeOf, type Acta } from '../../acta';
import { checkActa, checkChain, foreignActa, withoutDraw } from '../../acta-check';
import type { BareDraw, DrawRecord, StoreState } from '../../state';
import { damageIn } from '../../store-error';
import { readWhole, replaceFile, type Files } from '../directory/files';

export const ACTA_NAME = 'acta.json';

/** Replaces the file, whole or not at all, and durably. */
export function saveActa(files: Files, directory: string, acta: Acta): void {
  replaceFile(files, join(directory, ACTA_NAME), [Buffer.from(actaText(acta), 'utf8')]);
}

/**
 * The acta of a directory, or null when there is none.
 *
 * @throws LoteriaError STORE_DAMAGED, STORE_IO
 */
export function loadActa(files: Files, directory: string): Acta | null {
  const path = join(directory, ACTA_NAME);
  if (!files.exists(path)) return null;
  const text = readWhole(files, path).toString('utf8');
  try {
    return v.parse(ACTA, JSON.parse(text));
  } catch (error) {
    throw foreignActa(damageIn(path), `not an acta: ${messageOf(error).split('\n')[0] ?? ''}`);
  }
}

/**
 * Refuses an acta that the store does not account for: the acta or the journal is from another directory, or
 * was restored to an earlier state.
 *
 * @param winnersOf number of winners of an agency; called only after a draw. Undefined: not known yet, nor
 *   what came out of a draw of an earlier version, and the acta's own numbers are taken
 * @returns the acta; null when there is none
 * @throws LoteriaError STORE_DAMAGED
 */
export function demandOwnActa(
  files: Files,
  directory: string,
  state: Readonly<StoreState>,
  winnersOf?: (agency: number) => number,
): Acta | null {
  const acta = loadActa(files, directory);
  if (acta === null) return null;
  const path = join(directory, ACTA_NAME);
  const draw = state.draw ?? (winnersOf === undefined ? asIn(acta, state.bareDraw) : null);
  if (draw === null) throw withoutDraw(path);
  const inActa = damageIn(path);
  checkActa(inActa, acta, outcomeOf(state, draw, winnersOf ?? winnersIn(acta)));
  checkChain(inActa, acta, state);
  return acta;
}

/** A draw of an earlier version, with what an acta says came out of it. */
function asIn(acta: Acta, draw: BareDraw | null): DrawRecord | null {
  const { winning_number: winningNumber, winners, winners_digest: digest = '' } = acta;
  return draw && { ...draw, winningNumber, winners, digest };
}

function winnersIn({ agencies }: Acta): (agency: number) => number {
  const winners = new Map(agencies.map((one) => [one.agency, one.winners]));
  return (agency) => winners.get(agency) ?? 0;
}
