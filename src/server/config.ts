/** Configuration of the central: `server/config.ini`, under the environment. */
import { availableParallelism } from 'node:os';
import { parse as parseIni } from 'ini';
import * as v from 'valibot';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import type { LogLevel } from '../base/log/log';
import { DEFAULT_MODE, type Mode } from '../base/mode';
import {
  goDuration,
  iniSetting,
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
import { EDITIONS, type Edition } from '../domain/contest';
import { COURSE_SUBNET, parseSubnet, type Subnet } from '../net/subnet';
import { tlsPaths, type TlsPaths } from '../net/tls-files';
import { DIALECTS, type Dialect } from '../protocol/dialects/dialects';
import type { PeerLimits } from './admission/peer-limits';
import type { WantedNumber } from './draw/agree-terms';
import { readWinningNumber } from './draw/number-settings';

/** A port on which one legacy dialect is spoken. */
export interface DialectPort {
  readonly dialect: Dialect;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface ServerConfig {
  readonly port: Configured<number>;
  readonly listenBacklog: Configured<number>;
  readonly logLevel: Configured<LogLevel>;
  readonly mode: Mode;
  /** Which rules the agencies follow. */
  readonly edition: Edition;
  readonly bindAddress: string;
  /** How many agencies take part. */
  readonly agencies: number;
  /** How the winning number is found; null in an edition without a draw. */
  readonly winningNumber: WantedNumber | null;
  readonly dataDirectory: string;
  /** Worker threads; 0: everything inline. */
  readonly parseWorkers: number;
  /** The digests of the agencies' secrets; null: no secrets. */
  readonly secretsFile: string | null;
  /** Certificate and key of the central, and the authority of the agencies' certificates; null: plain TCP. */
  readonly tls: TlsPaths | null;
  /** Lists of revoked certificates; null: none was. */
  readonly tlsRevocations: string | null;
  readonly peerLimits: PeerLimits;
  readonly dialectPorts: readonly DialectPort[];
  /** Networks whose machines may reach a central that authenticates nobody, beside loopback. */
  readonly trustedNetworks: readonly Subnet[];
  /** Whether the main port serves every dialect, detected by the first bytes. */
  readonly detect: boolean;
}

/** Default locations of the file. */
export const SERVER_CONFIG_FILES: readonly string[] = ['./config.ini', './server/config.ini'];

function optionalFile(name: string): Setting<string | null> {
  return iniSetting(name, 'a file', optionalText, '');
}

/**
 * Worker threads where nothing else is said: the main thread has a core, and so has each of them.
 *
 * @param cores that this process may use
 */
export function defaultWorkers(cores: number): number {
  return Math.min(cores - 1, LIMITS.workersDefaultMax);
}

const { agencyNumberMax, workersMax, connectionsMax, connectionsPerAddressMax } = LIMITS;

/** How many connections there may be. */
function count(name: string, fallback: number): Setting<number> {
  const expected = 'a whole number from 1 to 1000000';
  return iniSetting(name, expected, wholeNumber(1, 1_000_000), String(fallback));
}

/** How long a peer may take. */
function deadline(name: string, fallbackMs: number): Setting<number> {
  const schema = v.pipe(goDuration, v.minValue(1));
  const expected = 'a duration above zero, as 500ms, 10s, 1m30s';
  return iniSetting(name, expected, schema, `${String(fallbackMs)}ms`);
}

const PORT_MAX = 65_535;

/** `172.25.125.0/24,fd00::/8`, or nothing. */
const subnets: v.GenericSchema<string, Subnet[]> = v.pipe(
  v.string(),
  v.transform((text) => (text === '' ? [] : text.split(',').map(parseSubnet))),
  v.array(v.custom<Subnet>((subnet) => subnet !== undefined)),
);

/** `pipe:12346,tlv:12347`, or nothing; each dialect at most once. */
const dialectPorts: v.GenericSchema<string, DialectPort[]> = v.pipe(
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
      v.object({ dialect: v.picklist(DIALECTS), port: v.pipe(v.number(), v.maxValue(PORT_MAX)) }),
    ),
  ),
  v.check((ports) => new Set(ports.map(({ dialect }) => dialect)).size === ports.length),
);

const SETTINGS = {
  port: iniSetting('SERVER_PORT', 'a port, 0 to 65535', wholeNumber(0, 65_535)),
  listenBacklog: iniSetting(
    'SERVER_LISTEN_BACKLOG',
    'a whole number from 1 to 65535',
    wholeNumber(1, 65_535),
  ),
  logLevel: iniSetting('LOGGING_LEVEL', LOG_LEVEL_EXPECTED, logLevel),
  mode: iniSetting<Mode>(
    'SERVER_MODE',
    'lottery or echo',
    v.picklist(['lottery', 'echo']),
    DEFAULT_MODE,
  ),
  edition: iniSetting<Edition>('EDITION', EDITIONS.join(' or '), v.picklist(EDITIONS), 'lottery'),
  bindAddress: iniSetting('BIND_ADDRESS', 'an address to listen on', nonEmptyText, '127.0.0.1'),
  agencies: iniSetting(
    'AGENCIES',
    `a whole number from 0 to ${String(agencyNumberMax)}`,
    wholeNumber(0, agencyNumberMax),
    '5',
  ),
  dataDirectory: iniSetting('DATA_DIR', 'a directory', nonEmptyText, './data'),
  parseWorkers: iniSetting(
    'PARSE_WORKERS',
    `a whole number from 0 to ${String(workersMax)}`,
    wholeNumber(0, workersMax),
    String(defaultWorkers(availableParallelism())),
  ),
  secretsFile: optionalFile('SECRETS_FILE'),
  tlsRevocations: optionalFile('TLS_CRL'),
  tls: [optionalFile('TLS_CERT'), optionalFile('TLS_KEY'), optionalFile('TLS_CLIENT_CA')],
  dialectPorts: iniSetting(
    'DIALECT_PORTS',
    `ports such as "pipe:12346,tlv:12347", each of ${DIALECTS.join(', ')} at most once`,
    dialectPorts,
    '',
  ),
  trustedNetworks: iniSetting(
    'TRUSTED_NETWORKS',
    'networks such as "172.25.125.0/24,fd00::/8", or nothing',
    subnets,
    COURSE_SUBNET,
  ),
  detect: iniSetting('DETECT', '0 or 1', v.picklist(['0', '1']), '0'),
};

const PEER_SETTINGS = {
  connectionsMax: count('MAX_CONNECTIONS', connectionsMax),
  connectionsPerAddressMax: count('MAX_CONNECTIONS_PER_ADDRESS', connectionsPerAddressMax),
  handshakeTimeoutMs: deadline('HANDSHAKE_TIMEOUT', LIMITS.handshakeTimeoutMs),
  frameTimeoutMs: deadline('FRAME_TIMEOUT', LIMITS.frameTimeoutMs),
  idleTimeoutMs: deadline('IDLE_TIMEOUT', LIMITS.idleTimeoutMs),
  unreadTimeoutMs: deadline('UNREAD_TIMEOUT', LIMITS.unreadTimeoutMs),
};

/**
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID, CONFIG_UNREADABLE
 */
export function readServerConfig(
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): ServerConfig {
  const file = openSettings(configFile, SERVER_CONFIG_FILES, parseIni);
  const config = readAll(file, env);
  refuseEditionOfDialects(config);
  refuseRevocationsWithoutTls(config);
  return config;
}

/** The earlier systems know bets only. */
function refuseEditionOfDialects({ edition, dialectPorts, detect }: ServerConfig): void {
  if (edition === 'lottery' || (dialectPorts.length === 0 && !detect)) return;
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

function readAll(file: SettingsFile, env: NodeJS.ProcessEnv): ServerConfig {
  const edition = readSetting(SETTINGS.edition, file, env).value;
  return {
    port: readSetting(SETTINGS.port, file, env),
    listenBacklog: readSetting(SETTINGS.listenBacklog, file, env),
    logLevel: readSetting(SETTINGS.logLevel, file, env),
    mode: readSetting(SETTINGS.mode, file, env).value,
    edition,
    bindAddress: readSetting(SETTINGS.bindAddress, file, env).value,
    agencies: readSetting(SETTINGS.agencies, file, env).value,
    winningNumber: readWinningNumber(file, env, edition),
    dataDirectory: readSetting(SETTINGS.dataDirectory, file, env).value,
    parseWorkers: readSetting(SETTINGS.parseWorkers, file, env).value,
    secretsFile: readSetting(SETTINGS.secretsFile, file, env).value,
    tls: tlsPaths(readTogether(SETTINGS.tls, file, env)),
    tlsRevocations: readSetting(SETTINGS.tlsRevocations, file, env).value,
    peerLimits: {
      connectionsMax: readSetting(PEER_SETTINGS.connectionsMax, file, env).value,
      connectionsPerAddressMax: readSetting(PEER_SETTINGS.connectionsPerAddressMax, file, env)
        .value,
      connectionsAboveMax: LIMITS.connectionsAboveMax,
      handshakeTimeoutMs: readSetting(PEER_SETTINGS.handshakeTimeoutMs, file, env).value,
      frameTimeoutMs: readSetting(PEER_SETTINGS.frameTimeoutMs, file, env).value,
      idleTimeoutMs: readSetting(PEER_SETTINGS.idleTimeoutMs, file, env).value,
      unreadTimeoutMs: readSetting(PEER_SETTINGS.unreadTimeoutMs, file, env).value,
    },
    dialectPorts: readSetting(SETTINGS.dialectPorts, file, env).value,
    trustedNetworks: readSetting(SETTINGS.trustedNetworks, file, env).value,
    detect: readSetting(SETTINGS.detect, file, env).value === '1',
  };
}
