/** The settings of an agency, each declared once. */
import { isIP } from 'node:net';
import { addressList } from '../base/address-list';
import { LIMITS } from '../base/limits';
import { DEFAULT_MODE, MODES } from '../base/mode';
import {
  goDuration,
  logLevel,
  nonEmptyText,
  oneOf,
  optionalFile,
  optionalText,
  wholeNumber,
} from '../base/setting-types';
import { yamlSetting, type Setting } from '../base/settings';
import { EDITIONS } from '../domain/contest';
import { DIALECTS } from '../protocol/conversion';

const { agencyNumberMax, batchBetsMax, batchBetsDefault } = LIMITS;
const { windowBatchesMax, windowBatchesDefault, loopAmountMax } = LIMITS;

const CLIENT_DIALECTS = ['native', ...DIALECTS] as const;

/** In the default of `data`: the agency's number. */
export const ID_IN_DATA = '{id}';

/** What goes into the configuration as it is. */
export const MAIN_SETTINGS = {
  id: yamlSetting(
    'id',
    'CLI_ID',
    wholeNumber(1, agencyNumberMax, `the number of the agency, 1 to ${String(agencyNumberMax)}`),
    'number of the agency',
  ),
  servers: yamlSetting(
    'server.address',
    'CLI_SERVER_ADDRESS',
    addressList,
    'where the central is, or several centrals of one lottery',
  ),
  loopAmount: yamlSetting(
    'loop.amount',
    'CLI_LOOP_AMOUNT',
    wholeNumber(0, loopAmountMax, 'a whole number'),
    'messages of the echo client',
  ),
  loopPeriodMs: yamlSetting('loop.period', 'CLI_LOOP_PERIOD', goDuration, 'pause between them'),
  logLevel: yamlSetting('log.level', 'CLI_LOG_LEVEL', logLevel, 'lowest level of lines in the log'),
  mode: yamlSetting('mode', 'CLI_MODE', oneOf(MODES), 'what it does', DEFAULT_MODE),
  edition: {
    ...yamlSetting('edition', 'CLI_EDITION', oneOf(EDITIONS), "the central's rules", 'lottery'),
    // The central's variable.
    envElse: 'EDITION',
  },
  batchBetsMax: yamlSetting(
    'batch.maxAmount',
    'CLI_BATCH_MAXAMOUNT',
    wholeNumber(1, batchBetsMax),
    'bets in a batch at most',
    String(batchBetsDefault),
  ),
  window: yamlSetting(
    'batch.window',
    'CLI_BATCH_WINDOW',
    wholeNumber(1, windowBatchesMax),
    'unanswered batches at most',
    String(windowBatchesDefault),
  ),
  dataFile: yamlSetting(
    'data',
    'CLI_DATA',
    nonEmptyText('a CSV file'),
    'its bets',
    `.data/agency-${ID_IN_DATA}.csv`,
  ),
  paceMs: yamlSetting(
    'pace',
    'CLI_PACE',
    goDuration,
    'time over which the bets are spread; 0: as fast as they are acknowledged',
    '0',
  ),
  retryForMs: yamlSetting(
    'retry.for',
    'CLI_RETRY_FOR',
    goDuration,
    'how long to retry without progress',
    '2m',
  ),
  tokenFile: yamlSetting('token.file', 'CLI_TOKEN_FILE', optionalFile, "the agency's secret", ''),
  dialect: yamlSetting(
    'dialect',
    'CLI_DIALECT',
    oneOf(CLIENT_DIALECTS, `one of ${CLIENT_DIALECTS.join(', ')}`),
    'the protocol of the central',
    'native',
  ),
  answerTimeoutMs: yamlSetting(
    'answer.timeout',
    'CLI_ANSWER_TIMEOUT',
    goDuration,
    'legacy dialects: how long a reply may take; 0: any time',
    '30s',
  ),
  busyRetryMs: yamlSetting(
    'winners.retry',
    'CLI_WINNERS_RETRY',
    goDuration,
    'legacy dialects, 2020 edition: pause before asking for the result again',
    '4s',
  ),
};

/** Position of the bet of exercise 5 among the agency's bets. */
export const POSITION_SETTINGS = {
  offset: yamlSetting(
    'bet.offset',
    'CLI_BET_OFFSET',
    optionalText('how many bets of the agency come before this one', (text) =>
      /^\d{1,15}$/.test(text),
    ),
    'bets of the agency before the one in the environment',
    '',
  ),
  checksum: yamlSetting(
    'bet.checksum',
    'CLI_BET_CHECKSUM',
    optionalText('the checksum of the bets before it, 8 hexadecimal digits', (text) =>
      /^[0-9a-f]{8}$/i.test(text),
    ),
    'checksum of those bets',
    '',
  ),
};

/** Either all of them are given, or none. */
export const TLS_SETTINGS = {
  cert: yamlSetting('tls.cert', 'CLI_TLS_CERT', optionalFile, "the agency's certificate", ''),
  key: yamlSetting('tls.key', 'CLI_TLS_KEY', optionalFile, 'its key', ''),
  ca: yamlSetting('tls.ca', 'CLI_TLS_CA', optionalFile, "authorities of the central's one", ''),
};

/** TLS knows servers by host names: RFC 6066 rules out addresses. */
export const TLS_SERVER_NAME = yamlSetting(
  'tls.serverName',
  'CLI_TLS_SERVER_NAME',
  optionalText('a host name, not an address', (name) => isIP(name) === 0),
  "name in the central's certificate, if not the host of `server.address`",
  '',
);

/** Every setting of an agency. */
export const CLIENT_SETTINGS: readonly Setting<unknown>[] = [
  MAIN_SETTINGS,
  POSITION_SETTINGS,
  TLS_SETTINGS,
  { TLS_SERVER_NAME },
].flatMap((table) => Object.values<Setting<unknown>>(table));
