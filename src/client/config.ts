/** Configuration of an agency: `client/config.yaml`, under the environment. */
import { isIP } from 'node:net';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import type { LogLevel } from '../base/log/log';
import { DEFAULT_MODE, type Mode } from '../base/mode';
import {
  goDuration,
  hostAndPort,
  LOG_LEVEL_EXPECTED,
  logLevel,
  nonEmptyText,
  openSettings,
  optionalText,
  readSetting,
  readTogether,
  wholeNumber,
  type Configured,
  type Setting,
  type SettingsFile,
} from '../base/settings';
import { findFieldProblem, type BetField, type BetText } from '../domain/bet-fields';
import { EDITIONS, findContestantProblem, type Edition } from '../domain/contest';
import { tlsPaths, type TlsPaths } from '../net/tls-files';
import { LEGACY_DIALECTS, type LegacyDialect } from '../protocol/dialects/agency/agency-dialect';
import type { BetPosition } from './csv/single-bet-source';

export interface ClientConfig {
  readonly id: Configured<number>;
  readonly server: Configured<{ readonly host: string; readonly port: number }>;
  readonly loopAmount: Configured<number>;
  readonly loopPeriodMs: Configured<number>;
  readonly logLevel: Configured<LogLevel>;
  readonly mode: Mode;
  /** Which rules the central follows. */
  readonly edition: Edition;
  /** Bets in a batch at most. */
  readonly batchBetsMax: number;
  /** Batches unanswered at most. */
  readonly window: number;
  readonly dataFile: string;
  /** How long to retry without progress. */
  readonly retryForMs: number;
  /** Holds the agency's secret; null: it has none. */
  readonly tokenFile: string | null;
  /** Certificate and key of the agency, and the authority of the central's certificate; null: plain TCP. */
  readonly tls: ClientTlsPaths | null;
  /** The protocol of the central. */
  readonly dialect: 'native' | LegacyDialect;
  /** Legacy dialects: how long a reply may take; 0: any time. */
  readonly answerTimeoutMs: number;
  /**
   * Pause before asking again: in legacy dialects for winners, in the 2020 edition for the total.
   */
  readonly busyRetryMs: number;
  /** The one bet (2020 edition: contestant, whose number does not count) to send, if the environment names one. */
  readonly bet: BetText | null;
  /** Position of that bet among the agency's bets; null: appended. */
  readonly betPosition: BetPosition | null;
}

export interface ClientTlsPaths extends TlsPaths {
  /** The name that the central's certificate has to have; null: the host that is dialled. */
  readonly serverName: string | null;
}

/** Default locations of the file. */
export const CLIENT_CONFIG_FILES: readonly string[] = ['./config.yaml', './client/config.yaml'];

export const CLIENT_DIALECTS = ['native', ...LEGACY_DIALECTS] as const;

const { agencyNumberMax, windowBatchesMax, windowBatchesDefault } = LIMITS;
const DURATION_EXPECTED = 'a duration such as 100ms, 5s or 1m30s';
/** With this many bets no batch of the course's data reaches 8 kB: 62 bytes each at the most. */
const BATCH_BETS_DEFAULT = 130;
const BATCH_BETS_MAX = 65_535;

/** TLS knows servers by host names: RFC 6066 rules out addresses. */
const hostNameOrNone = v.pipe(
  optionalText,
  v.check((name) => name === null || isIP(name) === 0),
);

function setting<T>(
  key: readonly string[],
  env: string,
  expected: string,
  schema: v.GenericSchema<string, T>,
  fallback?: string,
): Setting<T> {
  const base = { key, env, expected, schema };
  return fallback === undefined ? base : { ...base, fallback };
}

const SETTINGS = {
  id: setting(
    ['id'],
    'CLI_ID',
    `the number of the agency, 1 to ${String(agencyNumberMax)}`,
    wholeNumber(1, agencyNumberMax),
  ),
  server: setting(
    ['server', 'address'],
    'CLI_SERVER_ADDRESS',
    'host:port, as in server:12345',
    hostAndPort,
  ),
  loopAmount: setting(['loop', 'amount'], 'CLI_LOOP_AMOUNT', 'a whole number', wholeNumber(0, 1e9)),
  loopPeriodMs: setting(['loop', 'period'], 'CLI_LOOP_PERIOD', DURATION_EXPECTED, goDuration),
  logLevel: setting(['log', 'level'], 'CLI_LOG_LEVEL', LOG_LEVEL_EXPECTED, logLevel),
  mode: setting<Mode>(
    ['mode'],
    'CLI_MODE',
    'lottery or echo',
    v.picklist(['lottery', 'echo']),
    DEFAULT_MODE,
  ),
  batchBetsMax: setting(
    ['batch', 'maxAmount'],
    'CLI_BATCH_MAXAMOUNT',
    `a whole number from 1 to ${String(BATCH_BETS_MAX)}`,
    wholeNumber(1, BATCH_BETS_MAX),
    String(BATCH_BETS_DEFAULT),
  ),
  window: setting(
    ['batch', 'window'],
    'CLI_BATCH_WINDOW',
    `a whole number from 1 to ${String(windowBatchesMax)}`,
    wholeNumber(1, windowBatchesMax),
    String(windowBatchesDefault),
  ),
  betOffset: setting(
    ['bet', 'offset'],
    'CLI_BET_OFFSET',
    'how many bets of the agency come before this one',
    v.pipe(
      optionalText,
      v.check((text) => text === null || /^\d{1,15}$/.test(text)),
    ),
    '',
  ),
  betChecksum: setting(
    ['bet', 'checksum'],
    'CLI_BET_CHECKSUM',
    'the checksum of the bets before it, 8 hexadecimal digits',
    v.pipe(
      optionalText,
      v.check((text) => text === null || /^[0-9a-f]{8}$/i.test(text)),
    ),
    '',
  ),
  retryForMs: setting(['retry', 'for'], 'CLI_RETRY_FOR', DURATION_EXPECTED, goDuration, '2m'),
  tokenFile: setting(['token', 'file'], 'CLI_TOKEN_FILE', 'a file', optionalText, ''),
  tls: [
    setting(['tls', 'cert'], 'CLI_TLS_CERT', 'a file', optionalText, ''),
    setting(['tls', 'key'], 'CLI_TLS_KEY', 'a file', optionalText, ''),
    setting(['tls', 'ca'], 'CLI_TLS_CA', 'a file', optionalText, ''),
  ],
  tlsServerName: setting(
    ['tls', 'serverName'],
    'CLI_TLS_SERVER_NAME',
    'a host name, not an address',
    hostNameOrNone,
    '',
  ),
  dialect: setting<'native' | LegacyDialect>(
    ['dialect'],
    'CLI_DIALECT',
    `one of ${CLIENT_DIALECTS.join(', ')}`,
    v.picklist(CLIENT_DIALECTS),
    'native',
  ),
  answerTimeoutMs: setting(
    ['answer', 'timeout'],
    'CLI_ANSWER_TIMEOUT',
    DURATION_EXPECTED,
    goDuration,
    '30s',
  ),
  busyRetryMs: setting(
    ['winners', 'retry'],
    'CLI_WINNERS_RETRY',
    DURATION_EXPECTED,
    goDuration,
    '4s',
  ),
};

/**
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function readClientConfig(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): ClientConfig {
  const file = openSettings(configFile, CLIENT_CONFIG_FILES, parseYaml);
  const id = readSetting(SETTINGS.id, file, env);
  const dataFile = setting(
    ['data'],
    'CLI_DATA',
    'a CSV file',
    nonEmptyText,
    `.data/agency-${String(id.value)}.csv`,
  );
  const mode = readSetting(SETTINGS.mode, file, env).value;
  const edition = readEdition(file, env);
  const bet = mode === 'echo' ? null : readBet(edition, env);
  return {
    id,
    server: readSetting(SETTINGS.server, file, env),
    loopAmount: readSetting(SETTINGS.loopAmount, file, env),
    loopPeriodMs: readSetting(SETTINGS.loopPeriodMs, file, env),
    logLevel: readSetting(SETTINGS.logLevel, file, env),
    mode,
    edition,
    batchBetsMax: readSetting(SETTINGS.batchBetsMax, file, env).value,
    window: readSetting(SETTINGS.window, file, env).value,
    dataFile: readSetting(dataFile, file, env).value,
    retryForMs: readSetting(SETTINGS.retryForMs, file, env).value,
    tokenFile: readSetting(SETTINGS.tokenFile, file, env).value,
    tls: readTls(file, env),
    dialect: readSetting(SETTINGS.dialect, file, env).value,
    answerTimeoutMs: readSetting(SETTINGS.answerTimeoutMs, file, env).value,
    busyRetryMs: readSetting(SETTINGS.busyRetryMs, file, env).value,
    bet,
    betPosition: bet === null ? null : readBetPosition(file, env),
  };
}

/** `EDITION` is the central's variable; agencies accept it, too. */
function readEdition(file: SettingsFile, env: NodeJS.ProcessEnv): Edition {
  const isPlain = env['CLI_EDITION'] === undefined && env['EDITION'] !== undefined;
  const { value: edition } = readSetting(
    setting<Edition>(
      ['edition'],
      isPlain ? 'EDITION' : 'CLI_EDITION',
      EDITIONS.join(' or '),
      v.picklist(EDITIONS),
      'lottery',
    ),
    file,
    env,
  );
  const { value: dialect } = readSetting(SETTINGS.dialect, file, env);
  if (edition === 'lottery' || dialect === 'native') return edition;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `edition is ${edition} and dialect is ${dialect}: the earlier systems know the lottery only; ` +
      'expected one of the two',
  );
}

function readTls(file: SettingsFile, env: NodeJS.ProcessEnv): ClientTlsPaths | null {
  const paths = tlsPaths(readTogether(SETTINGS.tls, file, env));
  const { value: serverName } = readSetting(SETTINGS.tlsServerName, file, env);
  if (paths !== null) return { ...paths, serverName };
  if (serverName === null) return null;
  const text = 'tls.serverName is of no use without tls.cert, tls.key and tls.ca';
  throw new LoteriaError('CONFIG_MISSING', `${file.name}: ${text}`);
}

/** A repeat of a bet is recognised by its place, and by the checksum of the bets before it. */
function readBetPosition(file: SettingsFile, env: NodeJS.ProcessEnv): BetPosition | null {
  const { value: text } = readSetting(SETTINGS.betOffset, file, env);
  const { value: sum } = readSetting(SETTINGS.betChecksum, file, env);
  if (text === null) return null;
  const { value: dialect } = readSetting(SETTINGS.dialect, file, env);
  if (dialect !== 'native') {
    const why = `bet.offset is ${text} and dialect is ${dialect}: it has no positions`;
    throw new LoteriaError('CONFIG_INVALID', `${why}; expected one of the two`);
  }
  const offset = Number(text);
  // Nothing comes before the first bet, and that has the checksum 0.
  const checksum = offset === 0 ? 0 : sum === null ? null : parseInt(sum, 16);
  return { offset, checksum };
}

/** The variables of exercise 5, by the field that they hold. */
export const BET_VARIABLES: Readonly<Record<BetField, string>> = {
  first_name: 'NOMBRE',
  last_name: 'APELLIDO',
  document: 'DOCUMENTO',
  birthdate: 'NACIMIENTO',
  number: 'NUMERO',
};

/** The bet in the environment, or null when none of its variables is set. */
function readBet(edition: Edition, env: NodeJS.ProcessEnv): BetText | null {
  const isBet = edition === 'lottery';
  const value = (field: BetField): string =>
    isBet || field !== 'number' ? (env[BET_VARIABLES[field]] ?? '').trim() : '';
  const bet: BetText = {
    firstName: value('first_name'),
    lastName: value('last_name'),
    document: value('document'),
    birthdate: value('birthdate'),
    number: value('number'),
  };
  if (Object.values(bet).every((text) => text === '')) return null;
  const problem = isBet ? findFieldProblem(bet) : findContestantProblem(bet);
  if (problem === undefined) return bet;
  const variable = BET_VARIABLES[problem.field];
  const text = value(problem.field);
  throw text === ''
    ? new LoteriaError(
        'CONFIG_MISSING',
        `environment: ${variable} is missing: expected with the other fields of a bet`,
      )
    : new LoteriaError(
        'CONFIG_INVALID',
        `environment: ${variable} is "${text}": it ${problem.reason}`,
      );
}
