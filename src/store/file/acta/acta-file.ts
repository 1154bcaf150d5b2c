/** `acta.json`: the certificate of the draw in its file. */
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../../base/errors';
import { ACTA, actaText, outcomeOf, type Acta } from '../../acta';
import { checkActa, checkChain, foreignActa, withoutDraw } from '../../acta-check';
import type { StoreState } from '../../state';
import { damageIn } from '../../store-error';
import { readSmallFile, replaceFile, type Files } from '../directory/files';

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
  const text = readSmallFile(files, path);
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
 * @param winnersOf number of winners of an agency; called only after a draw
 * @returns the acta; null when there is none
 * @throws LoteriaError STORE_DAMAGED
 */
export function demandOwnActa(
  files: Files,
  directory: string,
  state: Readonly<StoreState>,
  winnersOf: (agency: number) => number,
): Acta | null {
  const acta = loadActa(files, directory);
  if (acta === null) return null;
  const path = join(directory, ACTA_NAME);
  if (state.draw === null) throw withoutDraw(path);
  const inActa = damageIn(path);
  checkActa(inActa, acta, outcomeOf(state, state.draw, winnersOf));
  checkChain(inActa, acta, state);
  return acta;
}
