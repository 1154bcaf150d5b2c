/**
 * Compares the settings of a start with the stored terms. In a directory they are fixed from the first
 * bet on, a random number from the first start; in a database all of them are, from the first start. No I/O.
 */
import { LoteriaError } from '../../base/errors';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import type { StorePlace } from '../../store/bet-store';
import { isDrawn, isUntouched, type LotteryState } from '../../store/state';
import { randomTerms, type NumberTerms, type Terms } from '../../store/terms';

/** The kind of winning number in the settings. */
export type WantedNumber =
  | Extract<NumberTerms, { kind: 'fixed' }>
  | Omit<Extract<NumberTerms, { kind: 'random' }>, 'seed'>
  | Omit<Extract<NumberTerms, { kind: 'beacon' }>, 'seed'>;

/** What the settings of a start ask for: a random number has no seed before it is recorded. */
export interface WantedTerms {
  readonly agencies: number;
  /** Null in an edition without a draw. */
  readonly winningNumber: WantedNumber | null;
}

/**
 * @param place of the store, for errors
 * @param createSeed returns 32 random bytes in hexadecimal; called where a number is first committed
 * @returns the terms to record; null when the stored ones match
 * @throws LoteriaError CONFIG_INVALID when other terms are stored, naming both
 */
export function agreeOnTerms(
  place: StorePlace,
  state: Readonly<LotteryState>,
  wanted: WantedTerms,
  createSeed: () => string,
): Terms | null {
  const { terms } = state;
  const asWanted = (): Terms => {
    const { agencies, winningNumber } = wanted;
    return { agencies, winningNumber: promised(winningNumber, createSeed) };
  };
  if (terms === null) {
    refuseLateNumber(place, state, wanted.winningNumber);
    return asWanted();
  }
  const stored = terms.winningNumber;
  // Other centrals may serve agencies by the terms in a database, whether it shows that or not.
  const isOpen = place.kind === 'directory' && isUntouched(state);
  if (isOpen && randomTerms(stored) === null) {
    const isSame = terms.agencies === wanted.agencies && sameNumber(stored, wanted.winningNumber);
    return isSame ? null : asWanted();
  }
  if (!sameNumber(stored, wanted.winningNumber)) {
    throw otherTerms(place, describeNumber(stored), describeNumber(wanted.winningNumber));
  }
  if (terms.agencies === wanted.agencies) return null;
  // The number is committed; the number of agencies is open until one has taken part.
  if (isOpen) return { ...terms, agencies: wanted.agencies };
  throw otherAgencies(place, state, terms.agencies, wanted.agencies);
}

/**
 * The same before anything is changed, for what refuses a start.
 *
 * @throws LoteriaError CONFIG_INVALID when other terms are stored, naming both
 */
export function demandTerms(
  place: StorePlace,
  state: Readonly<LotteryState>,
  wanted: WantedTerms,
): void {
  agreeOnTerms(place, state, wanted, () => '');
}

function promised(wanted: WantedNumber | null, createSeed: () => string): NumberTerms | null {
  if (wanted === null || wanted.kind === 'fixed') return wanted;
  return { ...wanted, seed: createSeed() };
}

/** A store of an earlier version has 7574, recorded or not. */
function refuseLateNumber(
  place: StorePlace,
  state: Readonly<LotteryState>,
  wanted: WantedNumber | null,
): void {
  if (isUntouched(state) || wanted === null) return;
  if (wanted.kind !== 'fixed') {
    const text = `${settingOf(place)} holds bets, but WINNING_NUMBER is random`;
    const why = 'such a number has to be promised before the first bet';
    throw new LoteriaError('CONFIG_INVALID', `${text}: ${why}; expected another ${place.kind}`);
  }
  const { winningNumber } = state.draw ?? { winningNumber: LOTTERY_WINNER_NUMBER };
  if (winningNumber === wanted.number) return;
  throw otherTerms(
    place,
    `WINNING_NUMBER=${String(winningNumber)}`,
    `WINNING_NUMBER=${String(wanted.number)}`,
  );
}

function sameNumber(stored: NumberTerms | null, wanted: WantedNumber | null): boolean {
  if (stored === null || wanted === null) return stored === wanted;
  switch (stored.kind) {
    case 'fixed':
      return wanted.kind === 'fixed' && stored.number === wanted.number;
    case 'random':
      return wanted.kind === 'random' && stored.salt === wanted.salt;
    case 'beacon':
      return wanted.kind === 'beacon' && stored.source === wanted.source;
  }
}

function describeNumber(terms: NumberTerms | WantedNumber | null): string {
  if (terms === null) return 'no WINNING_NUMBER';
  if (terms.kind === 'fixed') return `WINNING_NUMBER=${String(terms.number)}`;
  if (terms.kind === 'beacon') return `WINNING_NUMBER=random DRAW_SALT_SOURCE="${terms.source}"`;
  const { salt } = terms;
  return salt === null ? 'WINNING_NUMBER=random' : `WINNING_NUMBER=random DRAW_SALT="${salt}"`;
}

function otherTerms(place: StorePlace, stored: string, wanted: string): LoteriaError {
  return new LoteriaError(
    'CONFIG_INVALID',
    `${settingOf(place)} was begun with ${stored}, but the settings say ${wanted}: ` +
      `expected the same, or another ${place.kind}`,
  );
}

function otherAgencies(
  place: StorePlace,
  state: Readonly<LotteryState>,
  stored: number,
  wanted: number,
): LoteriaError {
  const { name, kind } = place;
  const isChangeable = kind === 'directory' && !isDrawn(state);
  const change = `, or \`loteria store agencies ${name} ${String(wanted)}\`, which changes it`;
  return new LoteriaError(
    'CONFIG_INVALID',
    `${settingOf(place)} was begun with AGENCIES=${String(stored)}, but AGENCIES is ` +
      `${String(wanted)}: expected ${String(stored)}${isChangeable ? change : ''}`,
  );
}

/** The setting that names the store, with its value. */
function settingOf({ name, kind }: StorePlace): string {
  return `${kind === 'directory' ? 'DATA_DIR' : 'STORE'} ${name}`;
}
