import { availableParallelism } from 'node:os';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readServerConfig, type ServerConfig } from '../../../src/server/config';
import { defaultWorkers } from '../../../src/server/settings';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

const INI = `[DEFAULT]
SERVER_PORT = 12345
SERVER_IP = server
SERVER_LISTEN_BACKLOG = 5
LOGGING_LEVEL = INFO
`;

const PEER_LIMITS = {
  connectionsMax: 16_384,
  connectionsPerAddressMax: 12_288,
  connectionsAboveMax: 256,
  handshakeTimeoutMs: 10_000,
  frameTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  unreadTimeoutMs: 30_000,
};
const DIALECT_PORTS_EXPECTED =
  'ports such as "pipe:12346,tlv:12347", each of pipe, tlv, opcode, semicolon at most once';

function iniFile(text: string): string {
  const path = join(temporaryDirectory(), 'config.ini');
  writeFileSync(path, text);
  return path;
}

describe('readServerConfig', () => {
  afterEach(cleanUp);

  /** Its values; their texts are compared apart. */
  function valuesIn(text: string, env: NodeJS.ProcessEnv): Omit<ServerConfig, 'texts'> {
    const { texts, ...values } = readServerConfig(iniFile(text), env);
    expect(texts).to.have.all.keys(
      Object.keys(values).filter(
        (name) => !['winningNumber', 'tls', 'peerLimits', 'board'].includes(name),
      ),
    );
    return values;
  }

  it("reads the course's file, with defaults for what it does not know", () => {
    expect(valuesIn(INI, {})).to.deep.equal({
      port: 12345,
      listenBacklog: 5,
      logLevel: 'INFO',
      mode: 'lottery',
      edition: 'lottery',
      bindAddress: '127.0.0.1',
      agencies: 5,
      winningNumber: { kind: 'fixed', number: 7574 },
      store: 'file',
      storePasswordFile: null,
      dataDirectory: './data',
      parseWorkers: defaultWorkers(availableParallelism()),
      secretsFile: null,
      tls: null,
      tlsRevocations: null,
      peerLimits: PEER_LIMITS,
      dialectPorts: [],
      trustedNetworks: [{ address: '172.25.125.0', prefixBits: 24, family: 'ipv4' }],
      detect: false,
      board: null,
    });
  });

  it('reads every setting from the file', () => {
    const text = `${INI}SERVER_MODE = echo
BIND_ADDRESS = ::
AGENCIES = 0
DATA_DIR = /var/loteria
PARSE_WORKERS = 4
SECRETS_FILE = /etc/loteria/secrets
TLS_CERT = central.pem
TLS_KEY = central.key
TLS_CLIENT_CA = ca.pem
TLS_CRL = revoked.pem
`;
    expect(readServerConfig(iniFile(text), {})).to.deep.include({
      secretsFile: '/etc/loteria/secrets',
      tls: { cert: 'central.pem', key: 'central.key', ca: 'ca.pem' },
      tlsRevocations: 'revoked.pem',
      mode: 'echo',
      bindAddress: '::',
      agencies: 0,
      dataDirectory: '/var/loteria',
      parseWorkers: 4,
    });
  });

  it('takes each setting from the environment first', () => {
    const config = valuesIn(INI, {
      SERVER_PORT: '0',
      SERVER_LISTEN_BACKLOG: '6',
      LOGGING_LEVEL: 'debug',
      SERVER_MODE: 'echo',
      BIND_ADDRESS: '0.0.0.0',
      AGENCIES: '9',
      WINNING_NUMBER: 'random',
      DRAW_SALT: 'a salt',
      STORE: 'file',
      DATA_DIR: 'd',
      PARSE_WORKERS: '0',
      SECRETS_FILE: 's',
      TLS_CERT: 'c',
      TLS_KEY: 'k',
      TLS_CLIENT_CA: 'a',
      TLS_CRL: 'l',
      MAX_CONNECTIONS: '7',
      MAX_CONNECTIONS_PER_ADDRESS: '3',
      HANDSHAKE_TIMEOUT: '500ms',
      FRAME_TIMEOUT: '1s',
      IDLE_TIMEOUT: '1m30s',
      UNREAD_TIMEOUT: '2s',
      DIALECT_PORTS: 'tlv:0,pipe:12346',
      TRUSTED_NETWORKS: '',
      DETECT: '1',
    });
    expect(config).to.deep.equal({
      port: 0,
      listenBacklog: 6,
      logLevel: 'DEBUG',
      mode: 'echo',
      edition: 'lottery',
      bindAddress: '0.0.0.0',
      agencies: 9,
      winningNumber: { kind: 'random', salt: 'a salt' },
      store: 'file',
      storePasswordFile: null,
      dataDirectory: 'd',
      parseWorkers: 0,
      secretsFile: 's',
      tls: { cert: 'c', key: 'k', ca: 'a' },
      tlsRevocations: 'l',
      peerLimits: {
        connectionsMax: 7,
        connectionsPerAddressMax: 3,
        connectionsAboveMax: 256,
        handshakeTimeoutMs: 500,
        frameTimeoutMs: 1_000,
        idleTimeoutMs: 90_000,
        unreadTimeoutMs: 2_000,
      },
      dialectPorts: [
        { dialect: 'tlv', port: 0 },
        { dialect: 'pipe', port: 12346 },
      ],
      trustedNetworks: [],
      detect: true,
      board: null,
    });
  });

  it('keeps the texts, which the log shows', () => {
    const { texts } = readServerConfig(iniFile(INI), { LOGGING_LEVEL: 'warn' });
    expect(texts).to.include({ port: '12345', listenBacklog: '5', logLevel: 'warn' });
  });

  it('takes an empty variable for one that turns the setting of the file off', () => {
    const path = iniFile(`${INI}SECRETS_FILE = s\n`);
    expect(readServerConfig(path, { SECRETS_FILE: '' }).secretsFile).to.equal(null);
  });

  for (const key of ['TLS_CERT', 'TLS_KEY', 'TLS_CLIENT_CA']) {
    it(`refuses TLS without ${key}`, () => {
      const all = { TLS_CERT: 'c', TLS_KEY: 'k', TLS_CLIENT_CA: 'a' };
      const path = iniFile(INI);
      const error = thrownBy(() => readServerConfig(path, { ...all, [key]: '' }));
      const line = `${path}: DEFAULT.${key} (or ${key}) missing: expected all of DEFAULT.TLS_CERT`;
      expectFailure(error, 'CONFIG_MISSING', line);
    });
  }

  it('takes what the environment does not say from the file', () => {
    const { port, listenBacklog } = readServerConfig(iniFile(INI), { SERVER_PORT: '1' });
    expect([port, listenBacklog]).to.deep.equal([1, 5]);
  });

  for (const key of ['SERVER_PORT', 'SERVER_LISTEN_BACKLOG', 'LOGGING_LEVEL']) {
    it(`cannot do without ${key}`, () => {
      const path = iniFile(INI.replace(new RegExp(`${key} = .*\n`), ''));
      const error = thrownBy(() => readServerConfig(path, {}));
      expectFailure(error, 'CONFIG_MISSING', path, `DEFAULT.${key}`, 'expected');
    });
  }

  const wrong: readonly (readonly [string, string, string])[] = [
    ['SERVER_PORT', '65536', 'a port, 0 to 65535'],
    ['SERVER_PORT', 'http', 'a port, 0 to 65535'],
    ['SERVER_LISTEN_BACKLOG', '0', 'a whole number from 1 to 65535'],
    ['LOGGING_LEVEL', 'LOUD', 'one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
    ['SERVER_MODE', 'casino', 'lottery or echo'],
    ['AGENCIES', '65536', 'a whole number from 0 to 65535'],
    ['AGENCIES', '-1', 'a whole number from 0 to 65535'],
    ['STORE', 'redis://db', 'file'],
    ['PARSE_WORKERS', '65', 'a whole number from 0 to 64'],
    ['MAX_CONNECTIONS', '0', 'a whole number from 1 to 1000000'],
    ['MAX_CONNECTIONS_PER_ADDRESS', '-1', 'a whole number from 1 to 1000000'],
    ['HANDSHAKE_TIMEOUT', '0', 'a duration above zero'],
    ['FRAME_TIMEOUT', '30', 'a duration above zero'],
    ['IDLE_TIMEOUT', 'never', 'a duration above zero'],
    ['UNREAD_TIMEOUT', '999h9999999s', 'a duration above zero'],
    ['TRUSTED_NETWORKS', '10.0.0.0', 'networks such as "172.25.125.0/24,fd00::/8", or nothing'],
    ['TRUSTED_NETWORKS', 'fd00::/8,', 'networks such as "172.25.125.0/24,fd00::/8", or nothing'],
    ['DIALECT_PORTS', 'pipe', DIALECT_PORTS_EXPECTED],
    ['DIALECT_PORTS', 'pipe:65536', DIALECT_PORTS_EXPECTED],
    ['DIALECT_PORTS', 'telnet:23', DIALECT_PORTS_EXPECTED],
    ['DIALECT_PORTS', 'pipe:1,pipe:2', DIALECT_PORTS_EXPECTED],
    ['DIALECT_PORTS', 'pipe:1,', DIALECT_PORTS_EXPECTED],
    ['DETECT', 'yes', '0 or 1'],
  ];
  for (const [key, value, expected] of wrong) {
    it(`refuses ${key} = ${value} in the file`, () => {
      const text = INI.replace(new RegExp(`${key} = .*\n`), '');
      const path = iniFile(`${text}${key} = ${value}\n`);
      const error = thrownBy(() => readServerConfig(path, {}));
      const line = `${path}: DEFAULT.${key} is "${value}": expected ${expected}`;
      expectFailure(error, 'CONFIG_INVALID', line);
    });

    it(`refuses ${key}=${value} in the environment`, () => {
      const path = iniFile(INI);
      const error = thrownBy(() => readServerConfig(path, { [key]: value }));
      const line = `environment: ${key} is "${value}": expected ${expected}`;
      expectFailure(error, 'CONFIG_INVALID', line);
    });
  }

  it('shows no password of a store that it refuses', () => {
    for (const url of ['postgres://u:s3cr:e@t@h/db', 'postgres://u@h/db?password=s3cret&x=1']) {
      const error = thrownBy(() => readServerConfig(iniFile(INI), { STORE: url }));
      expectFailure(error, 'CONFIG_INVALID', 'environment: STORE is "postgres://u');
      expect(String(error))
        .to.include('***')
        .and.not.match(/s3cr|e@t/);
    }
  });

  it('refuses a key that stands in another section', () => {
    const path = iniFile(INI.replace('[DEFAULT]', '[OTHER]'));
    const error = thrownBy(() => readServerConfig(path, {}));
    expectFailure(error, 'CONFIG_MISSING', path, 'DEFAULT.SERVER_PORT');
  });

  it('fails when the named file is not there', () => {
    const path = join(temporaryDirectory(), 'config.ini');
    const error = thrownBy(() => readServerConfig(path, {}));
    expectFailure(error, 'CONFIG_UNREADABLE', path);
  });

  it('takes comments and blank lines', () => {
    const text = `; a comment\n# another\n\n${INI}`;
    expect(readServerConfig(iniFile(text), {}).port).to.equal(12345);
  });
});

describe('the edition of a central', () => {
  afterEach(cleanUp);

  it('is in the file or in the environment', () => {
    const path = iniFile(`${INI}EDITION = 2020\n`);
    expect(readServerConfig(path, {}).edition).to.equal('2020');
    expect(readServerConfig(path, { EDITION: 'lottery' }).edition).to.equal('lottery');
    const error = thrownBy(() => readServerConfig(path, { EDITION: '1999' }));
    expectFailure(error, 'CONFIG_INVALID', 'environment: EDITION is "1999"', 'lottery or 2020');
  });

  for (const legacy of [{ DETECT: '1' }, { DIALECT_PORTS: 'tlv:0' }]) {
    it(`2020 does not go with ${Object.keys(legacy).join()}`, () => {
      const error = thrownBy(() => readServerConfig(iniFile(INI), { EDITION: '2020', ...legacy }));
      expectFailure(error, 'CONFIG_INVALID', 'EDITION is 2020', ...Object.keys(legacy));
    });
  }
});
