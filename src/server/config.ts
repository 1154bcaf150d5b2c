/** Configuration of the central: `server/config.ini`, under the environment. */
import { parse as parseIni } from 'ini';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import {
  openSettings,
  type SettingsFile,
  readSettings,
  readTogether,
  textsOf,
  valuesOf,
  type TextsOf,
  type ValuesOf,
} from '../base/settings';
import type { BoardConfig } from '../board/board-server';
import type { TlsPaths } from '../net/tls-files';
import type { PeerLimits } from './admission/peer-limits';
import { BOARD_SETTINGS, boardConfig } from './board/board-settings';
import type { WantedNumber } from './draw/agree-terms';
import { NUMBER_SETTINGS, wantedNumber } from './draw/number-settings';
import { DEFAULT_STORE } from '../store/engines';
import { MAIN_SETTINGS, PEER_SETTINGS, TLS_SETTINGS } from './settings';

/** Default locations of the file. */
const SERVER_CONFIG_FILES: readonly string[] = ['./config.ini', './server/config.ini'];

/** The values of all settings, grouped as the central needs them. */
export interface ServerConfig extends ValuesOf<typeof MAIN_SETTINGS> {
  /** How the winning number is found; null in an edition without a draw. */
  readonly winningNumber: WantedNumber | null;
  /** Certificate and key of the central, and the authority of the agencies' certificates; null: plain TCP. */
  readonly tls: TlsPaths | null;
  readonly peerLimits: PeerLimits;
  /** The live board; null: there is none. */
  readonly board: BoardConfig | null;
  /** The values as configured, for the log. */
  readonly texts: TextsOf<typeof MAIN_SETTINGS>;
}

/**
 * The configuration file, or nothing where there is none.
 *
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_UNREADABLE
 */
export function openServerFile(configFile: string | undefined): SettingsFile {
  return openSettings(configFile, SERVER_CONFIG_FILES, parseIni);
}

/**
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function readServerConfig(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): ServerConfig {
  const file = openServerFile(configFile);
  const settings = readSettings(MAIN_SETTINGS, file, env);
  const main = valuesOf(settings);
  const number = valuesOf(readSettings(NUMBER_SETTINGS, file, env));
  const peers = valuesOf(readSettings(PEER_SETTINGS, file, env));
  const config = {
    ...main,
    winningNumber: wantedNumber(number, main.edition),
    tls: readTogether(TLS_SETTINGS, file, env),
    peerLimits: { ...peers, connectionsAboveMax: LIMITS.connectionsAboveMax },
    board: boardConfig(valuesOf(readSettings(BOARD_SETTINGS, file, env))),
    texts: textsOf(settings),
  };
  refuseEditionOfDialects(config);
  refuseRevocationsWithoutTls(config);
  refuseBoardOfEcho(config);
  refuseWhatFilesOnlyKeep(config);
  refuseBoardOnPortOfAgencies(config);
  return config;
}

/** The earlier systems know bets only. */
function refuseEditionOfDialects({ edition, dialectPorts: ports, detect }: ServerConfig): void {
  if (edition === 'lottery' || (ports.length === 0 && !detect)) return;
  const which = detect ? 'DETECT=1' : 'DIALECT_PORTS';
  throw new LoteriaError(
    'CONFIG_INVALID',
    `EDITION is ${edition} and ${which} is set: agencies of earlier systems take part in the ` +
      'lottery only; expected one of the two',
  );
}

function refuseRevocationsWithoutTls({ tls, tlsRevocations }: ServerConfig): void {
  if (tls !== null || tlsRevocations === null) return;
  throw new LoteriaError(
    'CONFIG_MISSING',
    `TLS_CRL is "${tlsRevocations}", but there is no TLS: expected TLS_CERT, TLS_KEY and TLS_CLIENT_CA`,
  );
}

function refuseBoardOfEcho({ mode, board }: ServerConfig): void {
  if (mode !== 'echo' || board === null) return;
  throw new LoteriaError(
    'CONFIG_INVALID',
    'SERVER_MODE is echo and BOARD_PORT is set: the board shows a lottery; expected one of the two',
  );
}

/** The 2020 edition, and a salt that is recorded while no central runs, are kept in files only. */
function refuseWhatFilesOnlyKeep({ store, edition, winningNumber }: ServerConfig): void {
  if (store === DEFAULT_STORE) return;
  const setting = edition === 'lottery' ? 'DRAW_SALT_SOURCE is set' : `EDITION is ${edition}`;
  if (edition === 'lottery' && winningNumber?.kind !== 'beacon') return;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `${setting} and STORE is a database, which does not keep that: expected STORE=file`,
  );
}

/** The board opens before the ports of agencies, and would take one of them. */
function refuseBoardOnPortOfAgencies({ port, dialectPorts, board }: ServerConfig): void {
  if (board === null || board.port === 0) return;
  const taken = [
    { name: 'SERVER_PORT', number: port },
    ...dialectPorts.map((one) => ({ name: 'DIALECT_PORTS', number: one.port })),
  ].find(({ number }) => number === board.port);
  if (taken === undefined) return;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `BOARD_PORT is ${String(board.port)}, which ${taken.name} names, too: expected another port`,
  );
}
