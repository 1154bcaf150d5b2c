/** The settings of the winning number. */
import * as v from 'valibot';
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import {
  iniSetting,
  optionalText,
  readSetting,
  wholeNumber,
  type SettingsFile,
} from '../../base/settings';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import type { Edition } from '../../domain/contest';
import type { WantedNumber } from './agree-terms';

const NUMBER_EXPECTED = `a whole number from 0 to ${String(LIMITS.betNumberMax)}, or random`;
const SALT_EXPECTED = `1 to ${String(LIMITS.drawSaltBytesMax)} printable ASCII characters`;
const SOURCE_EXPECTED = `${SALT_EXPECTED} other than |, which name a beacon and its round`;

/** Null when it is not given. */
const winningNumber: v.GenericSchema<string, number | 'random' | null> = v.union([
  v.pipe(
    v.literal(''),
    v.transform(() => null),
  ),
  v.literal('random'),
  wholeNumber(0, LIMITS.betNumberMax),
]);

const drawSalt: v.GenericSchema<string, string | null> = v.pipe(
  v.string(),
  v.regex(/^[\x20-\x7e]*$/),
  v.maxLength(LIMITS.drawSaltBytesMax),
  optionalText,
);

/** It is logged, so that it must not have a `|`. */
const drawSaltSource: v.GenericSchema<string, string | null> = v.pipe(
  v.string(),
  v.regex(/^[\x20-\x7b}~]*$/),
  v.maxLength(LIMITS.drawSaltBytesMax),
  optionalText,
);

const SETTINGS = {
  number: iniSetting('WINNING_NUMBER', NUMBER_EXPECTED, winningNumber, ''),
  salt: iniSetting('DRAW_SALT', SALT_EXPECTED, drawSalt, ''),
  source: iniSetting('DRAW_SALT_SOURCE', SOURCE_EXPECTED, drawSaltSource, ''),
};

/**
 * How the winning number is to be found.
 *
 * @returns null in the 2020 edition, which has no draw
 * @throws LoteriaError CONFIG_INVALID
 */
export function readWinningNumber(
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
  edition: Edition,
): WantedNumber | null {
  const { value: number } = readSetting(SETTINGS.number, file, env);
  const { value: salt } = readSetting(SETTINGS.salt, file, env);
  const { value: source } = readSetting(SETTINGS.source, file, env);
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
