/** The settings of the live board. */
import * as v from 'valibot';
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import {
  flag,
  nonEmptyText,
  optionalFile,
  optionalText,
  type SettingType,
} from '../../base/setting-types';
import { iniSetting, type ValuesOf } from '../../base/settings';
import { readSmallFile } from '../../base/small-file';
import type { BoardConfig } from '../../board/board-server';

const { boardTokenCharsMin, boardTokenCharsMax, portMax } = LIMITS;

/** A port; nothing, which is null, means that there is no board. */
const port: SettingType<number | null> = {
  expected: `a port, 0 to ${String(portMax)}, or nothing`,
  schema: v.pipe(
    v.string(),
    v.regex(/^\d{0,5}$/),
    v.transform((text) => (text === '' ? null : Number(text))),
    v.nullable(v.pipe(v.number(), v.maxValue(portMax))),
  ),
};

/** `board.example,10.0.0.7`, or nothing. */
const hosts: SettingType<readonly string[]> = {
  expected: 'names without a port, such as "board.example,10.0.0.7", or nothing',
  schema: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.transform((text) => (text === '' ? [] : text.split(','))),
    v.array(v.pipe(v.string(), v.regex(/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/))),
  ),
};

const TOKEN_EXPECTED =
  `${String(boardTokenCharsMin)} to ${String(boardTokenCharsMax)} printable characters ` +
  'without spaces';

export const BOARD_SETTINGS = {
  port: iniSetting('BOARD_PORT', port, 'port of the live board; nothing: no board', ''),
  address: iniSetting(
    'BOARD_ADDRESS',
    nonEmptyText('an address to listen on'),
    'address of the live board',
    '127.0.0.1',
  ),
  hosts: iniSetting('BOARD_HOSTS', hosts, 'names by which browsers may call the board', ''),
  // Any text: an error about its form must not show it.
  token: {
    ...iniSetting(
      'BOARD_TOKEN',
      optionalText(TOKEN_EXPECTED),
      "shows winners' documents on the board",
      '',
    ),
    isSecret: true,
  },
  tokenFile: iniSetting('BOARD_TOKEN_FILE', optionalFile, 'a file that holds the token', ''),
  agencyMetrics: iniSetting(
    'BOARD_AGENCY_METRICS',
    flag,
    '1: /metrics has a label for each agency',
    '0',
  ),
};

/**
 * @returns null: there is no board
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function boardConfig(settings: ValuesOf<typeof BOARD_SETTINGS>): BoardConfig | null {
  const { port: wanted, token, tokenFile, ...others } = settings;
  if (wanted === null) return null;
  return { ...others, port: wanted, token: readToken(token, tokenFile) };
}

/** An error about a token must not show it: log files are read by more people. */
function readToken(token: string | null, file: string | null): string | null {
  if (token !== null && file !== null) {
    throw new LoteriaError(
      'CONFIG_INVALID',
      'BOARD_TOKEN and BOARD_TOKEN_FILE are both set: expected one of the two',
    );
  }
  if (token !== null) return checkToken(token, 'BOARD_TOKEN');
  if (file === null) return null;
  const lineEnd = 2;
  const bytes = readSmallFile(file, 'BOARD_TOKEN_FILE', boardTokenCharsMax + lineEnd);
  const text = bytes.toString('latin1').replace(/\r?\n$/, '');
  return checkToken(text, `${file} (BOARD_TOKEN_FILE)`);
}

function checkToken(token: string, where: string): string {
  const isLongEnough = token.length >= boardTokenCharsMin && token.length <= boardTokenCharsMax;
  if (isLongEnough && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new LoteriaError('CONFIG_INVALID', `${where} is no token: expected ${TOKEN_EXPECTED}`);
}
