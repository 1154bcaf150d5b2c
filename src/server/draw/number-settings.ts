/** The settings of the winning number. */
import * as v from 'valibot';
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { optionalText, wholeNumber, type SettingType } from '../../base/setting-types';
import { iniSetting, type ValuesOf } from '../../base/settings';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import type { Edition } from '../../domain/contest';
import type { WantedNumber } from './agree-terms';

const { betNumberMax, drawSaltBytesMax } = LIMITS;
const SALT_EXPECTED = `1 to ${String(drawSaltBytesMax)} printable ASCII characters`;
const SOURCE_EXPECTED = `${SALT_EXPECTED} other than |, which name a beacon and its round`;

/** Null when it is not given. */
const winningNumber: SettingType<number | 'random' | null> = {
  expected: `a whole number from 0 to ${String(betNumberMax)}, or random`,
  schema: v.union([
    v.pipe(
      v.literal(''),
      v.transform(() => null),
    ),
    v.literal('random'),
    wholeNumber(0, betNumberMax).schema,
  ]),
};

const drawSalt = optionalText(
  SALT_EXPECTED,
  (text) => /^[\x20-\x7e]*$/.test(text) && text.length <= drawSaltBytesMax,
);

/** It is logged, so it must not have a `|`. */
const drawSaltSource = optionalText(
  SOURCE_EXPECTED,
  (text) => /^[\x20-\x7b}~]*$/.test(text) && text.length <= drawSaltBytesMax,
);

export const NUMBER_SETTINGS = {
  number: iniSetting('WINNING_NUMBER', winningNumber, 'the winning number; empty: 7574', ''),
  salt: iniSetting('DRAW_SALT', drawSalt, 'salt of a random number', ''),
  source: iniSetting('DRAW_SALT_SOURCE', drawSaltSource, 'where the salt will come from', ''),
};

/**
 * How the winning number is to be found.
 *
 * @returns null in the 2020 edition, which has no draw
 * @throws LoteriaError CONFIG_INVALID
 */
export function wantedNumber(
  { number, salt, source }: ValuesOf<typeof NUMBER_SETTINGS>,
  edition: Edition,
): WantedNumber | null {
  const saltName = salt === null ? 'DRAW_SALT_SOURCE' : 'DRAW_SALT';
  const isSalted = salt !== null || source !== null;
  if (edition !== 'lottery') {
    if (number === null && !isSalted) return null;
    const which = number === null ? saltName : 'WINNING_NUMBER';
    const text = `EDITION is ${edition} and ${which} is set: that edition has no draw`;
    throw new LoteriaError('CONFIG_INVALID', `${text}; expected one of the two`);
  }
  if (salt !== null && source !== null) {
    const text = 'DRAW_SALT and DRAW_SALT_SOURCE are set: expected one of the two';
    throw new LoteriaError('CONFIG_INVALID', text);
  }
  if (number !== 'random') {
    if (!isSalted) return { kind: 'fixed', number: number ?? LOTTERY_WINNER_NUMBER };
    const text = `${saltName} is set, but WINNING_NUMBER is not random`;
    throw new LoteriaError('CONFIG_INVALID', `${text}: expected both, or no ${saltName}`);
  }
  return source === null ? { kind: 'random', salt } : { kind: 'beacon', source };
}
