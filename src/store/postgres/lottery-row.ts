/** The row of `loteria.lottery`: what a lottery has beside its agencies and bets. */
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { LoteriaError } from '../../base/errors';
import { ACTA, type Acta } from '../acta';
import { applyEntry, type LotteryState, type StoreEntry, type StoreState } from '../state';
import { damagedTables } from '../store-error';
import type { Terms } from '../terms';
import { WAITS_FOR_STANDBY } from './connection/greet';
import type { Query } from './connection/primary';

export type GlobalEntry = Exclude<StoreEntry, { readonly agency: number }>;

type Global = Pick<
  LotteryState,
  'terms' | 'agenciesChanges' | 'salt' | 'betsDigest' | 'actaDigest' | 'draw'
>;

/** Reads the row into `state`, and locks it: what a transaction with it has seen, a standby has too. */
export async function loadGlobal(query: Query, state: StoreState): Promise<void> {
  const [row] = await query(
    `select state, ${WAITS_FOR_STANDBY} as commit_waits from loteria.lottery for update`,
  );
  takeGlobal(state, row?.['state']);
}

/** @param stored column `state` of the row */
export function takeGlobal(state: StoreState, stored: unknown): void {
  const { agenciesChanges = [], ...rest } = stored as Partial<Global>;
  Object.assign(state, rest);
  state.agenciesChanges.splice(0, Infinity, ...agenciesChanges);
}

/** What is stored in the column `state` of the row. */
export function globalOf(state: Readonly<LotteryState>): Global {
  const { terms, agenciesChanges, salt, betsDigest, actaDigest, draw } = state;
  return { terms, agenciesChanges, salt, betsDigest, actaDigest, draw };
}

/**
 * @param name of the store, for errors
 * @param stored column `acta` of the row
 * @throws LoteriaError STORE_DAMAGED
 */
export function actaOf(name: string, stored: unknown): Acta | null {
  if (stored === null || stored === undefined) return null;
  const parsed = v.safeParse(ACTA, stored);
  if (parsed.success) return parsed.output;
  throw damagedTables(name, 'the stored acta is not one');
}

/**
 * Applies entries to the row, in a transaction, and `state` is what it says then. What another central has
 * recorded before stays: of two draws the first one, which has the same winners, and of two secret numbers.
 *
 * @param name of the store, for errors
 * @throws LoteriaError CONFIG_INVALID when another central has begun with other terms; STORE_DAMAGED when it
 *   has other bets
 */
export async function storeGlobal(
  query: Query,
  name: string,
  state: StoreState,
  entries: readonly GlobalEntry[],
): Promise<void> {
  const before = state.terms;
  await loadGlobal(query, state);
  const wanted = entries.filter((entry) => !isRecorded(name, state, before, entry));
  for (const entry of wanted) applyEntry(state, entry);
  if (wanted.length === 0) return;
  await query('update loteria.lottery set state = $1::jsonb', [JSON.stringify(globalOf(state))]);
}

/** @param before the terms that this central knew */
function isRecorded(
  name: string,
  state: StoreState,
  before: Terms | null,
  entry: GlobalEntry,
): boolean {
  switch (entry.kind) {
    case 'terms': {
      const { terms } = state;
      if (terms === null || isDeepStrictEqual(terms, before)) return false;
      if (isDeepStrictEqual(withoutSeed(terms), withoutSeed(entry.terms))) return true;
      const what = 'another central has begun this lottery with other settings just now';
      throw new LoteriaError('CONFIG_INVALID', `${name}: ${what}; expected the same`);
    }
    case 'draw':
      return state.draw !== null;
    case 'salt':
      return state.salt !== null;
    case 'bets_digest':
      return isSame(name, 'the digest of all bets', state.betsDigest, entry.digest);
    case 'acta_digest':
      return isSame(name, 'the digest of the acta', state.actaDigest, entry.digest);
    case 'agencies':
      return false;
  }
}

function isSame(name: string, what: string, stored: string | null, own: string): boolean {
  if (stored === null) return false;
  if (stored === own) return true;
  const text = `${what} is ${stored} for another central, and ${own} here`;
  throw damagedTables(name, text);
}

/** The first central makes the seed of a random number. */
function withoutSeed({ agencies, winningNumber }: Terms): unknown {
  return { agencies, winningNumber: winningNumber && { ...winningNumber, seed: '' } };
}
