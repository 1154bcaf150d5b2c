/** Configuration of an agency: `client/config.yaml`, under the environment. */
import { parse as parseYaml } from 'yaml';
import { LoteriaError } from '../base/errors';
import {
  openSettings,
  readSetting,
  readSettings,
  readTogether,
  textsOf,
  valuesOf,
  type Settings,
  type SettingsFile,
  type TextsOf,
  type ValuesOf,
} from '../base/settings';
import { findFieldProblem, type BetField, type BetText } from '../domain/bet-fields';
import { findContestantProblem, type Edition } from '../domain/contest';
import type { TlsPaths } from '../net/tls-files';
import type { BetPosition } from './csv/single-bet-source';
import {
  ID_IN_DATA,
  MAIN_SETTINGS,
  POSITION_SETTINGS,
  TLS_SERVER_NAME,
  TLS_SETTINGS,
} from './settings';

/** The values of all settings, grouped as an agency needs them. */
export interface ClientConfig extends ValuesOf<typeof MAIN_SETTINGS> {
  /** Certificate and key of the agency, and the authority of the central's certificate; null: plain TCP. */
  readonly tls: ClientTlsPaths | null;
  /** The one bet (2020 edition: contestant, whose number does not count) to send, if the environment names one. */
  readonly bet: BetText | null;
  /** Position of that bet among the agency's bets; null: appended. */
  readonly betPosition: BetPosition | null;
  /** The values as configured, for the log. */
  readonly texts: TextsOf<typeof MAIN_SETTINGS>;
}

export interface ClientTlsPaths extends TlsPaths {
  /** The name that the central's certificate has to have; null: the host that is dialled. */
  readonly serverName: string | null;
}

type MainSettings = Settings<typeof MAIN_SETTINGS>;
type MainValues = ValuesOf<typeof MAIN_SETTINGS>;

/** Default locations of the file. */
const CLIENT_CONFIG_FILES: readonly string[] = ['./config.yaml', './client/config.yaml'];

/**
 * The configuration file, or nothing where there is none.
 *
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_UNREADABLE
 */
export function openClientFile(configFile: string | undefined): SettingsFile {
  return openSettings(configFile, CLIENT_CONFIG_FILES, parseYaml);
}

/**
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function readClientConfig(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): ClientConfig {
  const file = openClientFile(configFile);
  const settings = withOwnFile(readSettings(MAIN_SETTINGS, file, env));
  const main = valuesOf(settings);
  refuseEditionOfDialects(main);
  refuseSeveralCentrals(main);
  const bet = main.mode === 'echo' ? null : readBet(main.edition, env);
  return {
    ...main,
    tls: readTls(file, env),
    bet,
    betPosition: main.mode === 'echo' ? null : readBetPosition(main, bet, file, env),
    texts: textsOf(settings),
  };
}

/** Where no CSV file is named, its name holds the number of the agency. */
function withOwnFile(settings: MainSettings): MainSettings {
  const { id, dataFile } = settings;
  if (dataFile.source !== 'default') return settings;
  const name = dataFile.value.replace(ID_IN_DATA, String(id.value));
  return { ...settings, dataFile: { ...dataFile, value: name, text: name } };
}

function refuseEditionOfDialects({ edition, dialect }: MainValues): void {
  if (edition === 'lottery' || dialect === 'native') return;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `edition is ${edition} and dialect is ${dialect}: the earlier systems know the lottery only; ` +
      'expected one of the two',
  );
}

/** Only the native protocol lets an agency find out what the next central holds of its bets. */
function refuseSeveralCentrals({ servers, mode, dialect }: MainValues): void {
  if (servers.length === 1 || (mode === 'lottery' && dialect === 'native')) return;
  const who = mode === 'lottery' ? `dialect is ${dialect}` : `mode is ${mode}`;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `server.address has ${String(servers.length)} addresses and ${who}: it cannot go on at another ` +
      'central; expected one address',
  );
}

function readTls(file: SettingsFile, env: NodeJS.ProcessEnv): ClientTlsPaths | null {
  const paths = readTogether(TLS_SETTINGS, file, env);
  const { value: serverName } = readSetting(TLS_SERVER_NAME, file, env);
  if (paths !== null) return { ...paths, serverName };
  if (serverName === null) return null;
  throw useless(file, 'tls.serverName is of no use without tls.cert, tls.key and tls.ca');
}

/** A setting without another one that it belongs to: ignored, it would be missed. */
function useless(file: SettingsFile, text: string): LoteriaError {
  return new LoteriaError('CONFIG_MISSING', `${file.name}: ${text}`);
}

/** A repeat of a bet is recognised by its place, and by the checksum of the bets before it. */
function readBetPosition(
  { dialect }: MainValues,
  bet: BetText | null,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): BetPosition | null {
  const { offset: text, checksum: sum } = valuesOf(readSettings(POSITION_SETTINGS, file, env));
  if (text === null) {
    if (sum === null) return null;
    throw useless(file, 'bet.checksum is of no use without bet.offset');
  }
  if (bet === null) throw useless(file, 'bet.offset is of no use without a bet in the environment');
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
