/** The settings of the central, each declared once. */
import { availableParallelism } from 'node:os';
import * as v from 'valibot';
import { LIMITS } from '../base/limits';
import { DEFAULT_MODE, MODES } from '../base/mode';
import {
  durationAboveZero,
  flag,
  logLevel,
  nonEmptyText,
  oneOf,
  optionalFile,
  wholeNumber,
  type SettingType,
} from '../base/setting-types';
import { iniSetting, type Setting } from '../base/settings';
import { EDITIONS } from '../domain/contest';
import { COURSE_SUBNET, parseSubnet, type Subnet } from '../net/subnet';
import { DIALECTS, type Dialect } from '../protocol/conversion';
import { DEFAULT_STORE, problemOfStore } from '../store/engines';
import { BOARD_SETTINGS } from './board/board-settings';
import { NUMBER_SETTINGS } from './draw/number-settings';

/** A port on which one legacy dialect is spoken. */
export interface DialectPort {
  readonly dialect: Dialect;
  /** 0 lets the system choose. */
  readonly port: number;
}

/**
 * Worker threads where nothing else is said: the main thread has a core, and so has each of them.
 *
 * @param cores that this process may use
 */
export function defaultWorkers(cores: number): number {
  return Math.min(cores - 1, LIMITS.workersDefaultMax);
}

const { portMax, listenBacklogMax, agencyNumberMax, workersMax } = LIMITS;

/** `172.25.125.0/24,fd00::/8`, or nothing. */
const subnets: SettingType<readonly Subnet[]> = {
  expected: 'networks such as "172.25.125.0/24,fd00::/8", or nothing',
  schema: v.pipe(
    v.string(),
    v.transform((text) => (text === '' ? [] : text.split(',').map(parseSubnet))),
    v.array(v.custom<Subnet>((subnet) => subnet !== undefined)),
  ),
};

/** `pipe:12346,tlv:12347`, or nothing; each dialect at most once. */
const dialectPorts: SettingType<readonly DialectPort[]> = {
  expected: `ports such as "pipe:12346,tlv:12347", each of ${DIALECTS.join(', ')} at most once`,
  schema: v.pipe(
    v.string(),
    v.regex(/^(?:[a-z]+:\d{1,5}(?:,[a-z]+:\d{1,5})*)?$/),
    v.transform((text) => (text === '' ? [] : text.split(','))),
    v.array(
      v.pipe(
        v.string(),
        v.transform((entry) => {
          const [dialect, port] = entry.split(':');
          return { dialect, port: Number(port) };
        }),
        v.object({ dialect: v.picklist(DIALECTS), port: v.pipe(v.number(), v.maxValue(portMax)) }),
      ),
    ),
    v.check((ports) => new Set(ports.map(({ dialect }) => dialect)).size === ports.length),
  ),
};

/** `file`, or the URL of a replicated database. */
const storePlace: SettingType<string> = {
  expected: 'file, or postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE',
  schema: v.pipe(
    v.string(),
    v.check((text) => problemOfStore(text) === null),
  ),
};

/** What goes into the configuration as it is. */
export const MAIN_SETTINGS = {
  port: iniSetting(
    'SERVER_PORT',
    wholeNumber(0, portMax, `a port, 0 to ${String(portMax)}`),
    'port for agencies; 0: the system chooses one',
  ),
  listenBacklog: iniSetting(
    'SERVER_LISTEN_BACKLOG',
    wholeNumber(1, listenBacklogMax),
    'length of the accept queue',
  ),
  logLevel: iniSetting('LOGGING_LEVEL', logLevel, 'lowest level of the lines in the log'),
  mode: iniSetting('SERVER_MODE', oneOf(MODES), 'what the server does', DEFAULT_MODE),
  edition: iniSetting('EDITION', oneOf(EDITIONS), 'whose rules agencies follow', 'lottery'),
  bindAddress: iniSetting(
    'BIND_ADDRESS',
    nonEmptyText('an address to listen on'),
    'address to listen on',
    '127.0.0.1',
  ),
  agencies: iniSetting(
    'AGENCIES',
    wholeNumber(0, agencyNumberMax),
    'how many agencies take part, numbered from 1',
    '5',
  ),
  store: iniSetting('STORE', storePlace, 'what keeps the bets', DEFAULT_STORE),
  storePasswordFile: iniSetting(
    'STORE_PASSWORD_FILE',
    optionalFile,
    'password for the database of STORE',
    '',
  ),
  dataDirectory: iniSetting(
    'DATA_DIR',
    nonEmptyText('a directory'),
    'directory of the store',
    './data',
  ),
  parseWorkers: iniSetting(
    'PARSE_WORKERS',
    wholeNumber(0, workersMax),
    'worker threads; 0: everything in the main thread',
    String(defaultWorkers(availableParallelism())),
  ),
  secretsFile: iniSetting('SECRETS_FILE', optionalFile, "digests of the agencies' secrets", ''),
  tlsRevocations: iniSetting('TLS_CRL', optionalFile, 'lists of revoked certificates', ''),
  dialectPorts: iniSetting('DIALECT_PORTS', dialectPorts, 'a port for each earlier system', ''),
  trustedNetworks: iniSetting(
    'TRUSTED_NETWORKS',
    subnets,
    'from where a central that authenticates nobody may be reached without a warning',
    COURSE_SUBNET,
  ),
  detect: iniSetting('DETECT', flag, '1: detect earlier systems on the main port', '0'),
};

/** Either all of them are given, or none. */
export const TLS_SETTINGS = {
  cert: iniSetting('TLS_CERT', optionalFile, "the central's certificate", ''),
  key: iniSetting('TLS_KEY', optionalFile, 'its key', ''),
  ca: iniSetting('TLS_CLIENT_CA', optionalFile, "authorities of the agencies' certificates", ''),
};

/** How many connections there may be. */
function connections(name: string, help: string, fallback: number): Setting<number> {
  return iniSetting(name, wholeNumber(1, LIMITS.connectionsSettingMax), help, String(fallback));
}

/** How long a peer may take. */
function deadline(name: string, help: string, fallbackMs: number): Setting<number> {
  return iniSetting(name, durationAboveZero, help, `${String(fallbackMs)}ms`);
}

export const PEER_SETTINGS = {
  connectionsMax: connections('MAX_CONNECTIONS', 'connections in all', LIMITS.connectionsMax),
  connectionsPerAddressMax: connections(
    'MAX_CONNECTIONS_PER_ADDRESS',
    'connections of one address',
    LIMITS.connectionsPerAddressMax,
  ),
  handshakeTimeoutMs: deadline(
    'HANDSHAKE_TIMEOUT',
    'from connect to the end of the handshake',
    LIMITS.handshakeTimeoutMs,
  ),
  frameTimeoutMs: deadline(
    'FRAME_TIMEOUT',
    'from the first to the last byte of a frame',
    LIMITS.frameTimeoutMs,
  ),
  idleTimeoutMs: deadline(
    'IDLE_TIMEOUT',
    'silence of a peer that waits for nothing',
    LIMITS.idleTimeoutMs,
  ),
  unreadTimeoutMs: deadline(
    'UNREAD_TIMEOUT',
    'time in which a peer may read nothing of its replies',
    LIMITS.unreadTimeoutMs,
  ),
};

/** Every setting of the central. */
export const SERVER_SETTINGS: readonly Setting<unknown>[] = [
  MAIN_SETTINGS,
  NUMBER_SETTINGS,
  TLS_SETTINGS,
  PEER_SETTINGS,
  BOARD_SETTINGS,
].flatMap((table) => Object.values<Setting<unknown>>(table));
