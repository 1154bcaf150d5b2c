/** The row of `loteria.lottery`: what a lottery has beside its agencies and bets. */
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { LoteriaError } from '../../base/errors';
import { ACTA, type Acta } from '../acta';
import {
  applyEntry,
  emptyState,
  type LotteryState,
  type StoreEntry,
  type StoreState,
} from '../state';
import { damagedTables } from '../store-error';
import type { Terms } from '../terms';
import { WAITS_FOR_STANDBY } from './connection/greet';
import type { Query } from './connection/primary';

export type GlobalEntry = Exclude<StoreEntry, { readonly agency: number }>;

type Global = Pick<
  LotteryState,
  'terms' | 'agenciesChanges' | 'salt' | 'betsDigest' | 'actaDigest' | 'draw'
>;

/** What the column `state` lacks. */
const NOTHING: Omit<Global, 'agenciesChanges'> = {
  terms: null,
  salt: null,
  betsDigest: null,
  actaDigest: null,
  draw: null,
};

/**
 * SQL: whether the row has the terms that a central serves by. They never change once they are stored; without this,
 * a lottery that is made anew would be taken for the same one.
 *
 * @param parameter gets {@link termsParameter}
 */
export function hasTerms(parameter: string): string {
  return `(${parameter}::jsonb is null or state->'terms' = ${parameter}::jsonb)`;
}

/** Null: the central knows no terms yet. */
export function termsParameter({ terms }: Pick<LotteryState, 'terms'>): string | null {
  return terms === null ? null : JSON.stringify(terms);
}

/** @param name of the store */
export function otherTerms(name: string): LoteriaError {
  const what = 'the lottery there was begun with other settings than this central';
  return new LoteriaError('CONFIG_INVALID', `${name}: ${what}; expected the same`);
}

/**
 * Reads the row into `state`, and locks it: what a transaction with it has seen, a standby has too.
 *
 * @param name of the store, for errors
 * @throws LoteriaError CONFIG_INVALID when `state` has other terms
 */
export async function loadGlobal(query: Query, name: string, state: StoreState): Promise<void> {
  takeGlobal(state, await lockRow(query, name, state));
}

/** @returns column `state` */
async function lockRow(
  query: Query,
  name: string,
  { terms }: Pick<LotteryState, 'terms'>,
): Promise<Partial<Global>> {
  const [row] = await query(
    `select state, ${WAITS_FOR_STANDBY} as commit_waits from loteria.lottery for update`,
  );
  const stored = row?.['state'] as Partial<Global>;
  if (terms === null || isDeepStrictEqual(stored.terms, terms)) return stored;
  throw otherTerms(name);
}

/** @param stored column `state` of the row */
export function takeGlobal(state: StoreState, stored: unknown): void {
  const { agenciesChanges = [], ...rest } = stored as Partial<Global>;
  Object.assign(state, NOTHING, rest);
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
 * Applies entries to the row, in a transaction. What another central has recorded before stays: of two draws the
 * first one, which has the same winners, and of two secret numbers.
 *
 * @param name of the store, for errors
 * @param known to this central
 * @returns what the row says when the transaction has ended
 * @throws LoteriaError CONFIG_INVALID when another central has begun with other terms; STORE_DAMAGED when it
 *   has other bets
 */
export async function storeGlobal(
  query: Query,
  name: string,
  known: Readonly<LotteryState>,
  entries: readonly GlobalEntry[],
): Promise<Global> {
  const state = emptyState();
  takeGlobal(state, await lockRow(query, name, known));
  const wanted = entries.filter((entry) => !isRecorded(name, state, entry));
  for (const entry of wanted) applyEntry(state, entry);
  const global = globalOf(state);
  if (wanted.length > 0) {
    await query('update loteria.lottery set state = $1::jsonb', [JSON.stringify(global)]);
  }
  return global;
}

function isRecorded(name: string, state: StoreState, entry: GlobalEntry): boolean {
  switch (entry.kind) {
    case 'terms':
      if (state.terms === null) return false;
      if (isDeepStrictEqual(withoutSeed(state.terms), withoutSeed(entry.terms))) return true;
      throw otherTerms(name);
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
