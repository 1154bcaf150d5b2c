import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readClientConfig } from '../../../src/client/config';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

const YAML = `server:
  address: "server:12345"
loop:
  amount: 5
  period: "5s"
log:
  level: "INFO"
batch:
  maxAmount: 130
`;
const ID = { CLI_ID: '3' };
const BET = {
  NOMBRE: 'Santiago Lionel',
  APELLIDO: 'Lorca',
  DOCUMENTO: '30904465',
  NACIMIENTO: '1999-03-17',
  NUMERO: '7574',
};

function yamlFile(text: string): string {
  const path = join(temporaryDirectory(), 'config.yaml');
  writeFileSync(path, text);
  return path;
}

describe('readClientConfig', () => {
  afterEach(cleanUp);

  it("reads the course's file, with defaults for what it does not know", () => {
    const { texts, ...values } = readClientConfig(yamlFile(YAML), ID);
    expect(texts).to.include({ id: '3', servers: 'server:12345', loopPeriodMs: '5s' });
    expect(values).to.deep.equal({
      id: 3,
      servers: [{ host: 'server', port: 12345 }],
      loopAmount: 5,
      loopPeriodMs: 5_000,
      logLevel: 'INFO',
      mode: 'lottery',
      edition: 'lottery',
      batchBetsMax: 130,
      window: 8,
      dataFile: '.data/agency-3.csv',
      paceMs: 0,
      retryForMs: 120_000,
      tokenFile: null,
      tls: null,
      dialect: 'native',
      answerTimeoutMs: 30_000,
      busyRetryMs: 4_000,
      bet: null,
      betPosition: null,
    });
  });

  it('takes each setting from the environment first', () => {
    const { texts, ...config } = readClientConfig(yamlFile(YAML), {
      CLI_ID: '7',
      CLI_SERVER_ADDRESS: '[::1]:9',
      CLI_LOOP_AMOUNT: '1',
      CLI_LOOP_PERIOD: '1m30s',
      CLI_LOG_LEVEL: 'ERROR',
      CLI_MODE: 'echo',
      CLI_BATCH_MAXAMOUNT: '10',
      CLI_BATCH_WINDOW: '1',
      CLI_DATA: 'bets.csv',
      CLI_RETRY_FOR: '0',
      CLI_TOKEN_FILE: 't',
      CLI_TLS_CA: 'a',
      CLI_TLS_CERT: 'c',
      CLI_TLS_KEY: 'k',
      CLI_TLS_SERVER_NAME: 'central',
      CLI_DIALECT: 'tlv',
      CLI_ANSWER_TIMEOUT: '1s',
      CLI_WINNERS_RETRY: '2s',
      CLI_PACE: '1m',
    });
    expect(texts).to.include({ id: '7', servers: '[::1]:9', logLevel: 'ERROR' });
    expect(config).to.deep.equal({
      id: 7,
      servers: [{ host: '::1', port: 9 }],
      loopAmount: 1,
      loopPeriodMs: 90_000,
      logLevel: 'ERROR',
      mode: 'echo',
      edition: 'lottery',
      batchBetsMax: 10,
      window: 1,
      dataFile: 'bets.csv',
      paceMs: 60_000,
      retryForMs: 0,
      tokenFile: 't',
      tls: { cert: 'c', key: 'k', ca: 'a', serverName: 'central' },
      dialect: 'tlv',
      answerTimeoutMs: 1_000,
      busyRetryMs: 2_000,
      bet: null,
      betPosition: null,
    });
  });

  it('reads every setting from the file', () => {
    const text = `${YAML}  window: 2
id: 4
mode: echo
data: my.csv
retry: { for: 1h }
token: { file: t }
tls: { ca: a, cert: c, key: k }
dialect: pipe
answer: { timeout: 5s }
winners: { retry: 1s }
`;
    const config = readClientConfig(yamlFile(text), {});
    expect(config.id).to.equal(4);
    expect(config).to.deep.include({
      tokenFile: 't',
      tls: { cert: 'c', key: 'k', ca: 'a', serverName: null },
      mode: 'echo',
      window: 2,
      dataFile: 'my.csv',
      retryForMs: 3_600_000,
      dialect: 'pipe',
      answerTimeoutMs: 5_000,
      busyRetryMs: 1_000,
    });
  });

  it('takes the name of the CSV file as it is, where one is set', () => {
    const { dataFile } = readClientConfig(yamlFile(YAML), { ...ID, CLI_DATA: 'x{id}.csv' });
    expect(dataFile).to.equal('x{id}.csv');
  });

  it('cannot do without the number of the agency', () => {
    const path = yamlFile(YAML);
    const error = thrownBy(() => readClientConfig(path, {}));
    expectFailure(error, 'CONFIG_MISSING', path, 'id is missing', 'CLI_ID', '1 to 65535');
  });

  const wrong: readonly (readonly [string, string, string, string])[] = [
    ['server.address', 'CLI_SERVER_ADDRESS', 'nowhere', 'host:port, as in server:12345'],
    ['loop.amount', 'CLI_LOOP_AMOUNT', '-1', 'a whole number'],
    ['loop.period', 'CLI_LOOP_PERIOD', 'soon', 'a duration such as 100ms, 5s or 1m30s'],
    ['log.level', 'CLI_LOG_LEVEL', 'LOUD', 'one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
    ['batch.maxAmount', 'CLI_BATCH_MAXAMOUNT', '0', 'a whole number from 1 to 65535'],
  ];
  for (const [key, variable, value, expected] of wrong) {
    const name = key.split('.')[1] ?? '';

    it(`refuses ${key} ${value} in the file`, () => {
      const path = yamlFile(YAML.replace(new RegExp(`${name}: .*`), `${name}: "${value}"`));
      const error = thrownBy(() => readClientConfig(path, ID));
      const line = `${path}: ${key} is "${value}": expected ${expected}`;
      expectFailure(error, 'CONFIG_INVALID', line);
    });

    it(`refuses ${variable}=${value}`, () => {
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), { ...ID, [variable]: value }));
      const line = `environment: ${variable} is "${value}": expected ${expected}`;
      expectFailure(error, 'CONFIG_INVALID', line);
    });
  }

  const environmentOnly: readonly (readonly [string, string])[] = [
    ['CLI_ID', '0'],
    ['CLI_ID', '65536'],
    ['CLI_MODE', 'casino'],
    ['CLI_BATCH_WINDOW', '0'],
    ['CLI_BATCH_WINDOW', '65'],
    ['CLI_RETRY_FOR', 'ever'],
    ['CLI_DIALECT', 'morse'],
    ['CLI_ANSWER_TIMEOUT', 'soon'],
    ['CLI_WINNERS_RETRY', '-1s'],
    ['CLI_DATA', ''],
  ];
  for (const [variable, value] of environmentOnly) {
    it(`refuses ${variable}="${value}"`, () => {
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), { ...ID, [variable]: value }));
      expectFailure(error, 'CONFIG_INVALID', `environment: ${variable} is "${value}"`);
    });
  }

  for (const key of ['address', 'amount', 'period', 'level']) {
    it(`cannot do without ${key}`, () => {
      const path = yamlFile(YAML.replace(new RegExp(` *${key}: .*\n`), ''));
      const error = thrownBy(() => readClientConfig(path, ID));
      expectFailure(error, 'CONFIG_MISSING', path, `.${key} is missing`, 'expected');
    });
  }

  it('names the place where the file is not YAML', () => {
    const path = yamlFile('server:\n  address: "open\n');
    const error = thrownBy(() => readClientConfig(path, ID));
    expectFailure(error, 'CONFIG_UNREADABLE', path, 'line');
  });

  const tls = { CLI_TLS_CERT: 'c', CLI_TLS_KEY: 'k', CLI_TLS_CA: 'a' };
  for (const variable of Object.keys(tls)) {
    it(`refuses TLS without ${variable}`, () => {
      const path = yamlFile(YAML);
      const error = thrownBy(() => readClientConfig(path, { ...ID, ...tls, [variable]: '' }));
      expectFailure(error, 'CONFIG_MISSING', path, `(or ${variable}) missing`, 'or none');
    });
  }

  it('refuses the name of a central without TLS: somebody believes it is on', () => {
    const env = { ...ID, CLI_TLS_SERVER_NAME: 'central' };
    const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
    expectFailure(error, 'CONFIG_MISSING', 'tls.serverName is of no use without tls.cert');
  });

  it('refuses an address as the name of the central', () => {
    const env = { ...ID, ...tls, CLI_TLS_SERVER_NAME: '10.0.0.1' };
    const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
    expectFailure(error, 'CONFIG_INVALID', 'CLI_TLS_SERVER_NAME', 'a host name, not an address');
  });

  it('reads several addresses, with or without blanks between them', () => {
    const text = 'a:1,10.0.0.2:12345 , [::1]:3';
    const inFile = readClientConfig(yamlFile(YAML.replace('server:12345', text)), ID);
    const inEnvironment = readClientConfig(yamlFile(YAML), { ...ID, CLI_SERVER_ADDRESS: text });
    for (const { servers, texts } of [inFile, inEnvironment]) {
      expect(texts.servers).to.equal(text);
      expect(servers).to.deep.equal([
        { host: 'a', port: 1 },
        { host: '10.0.0.2', port: 12345 },
        { host: '::1', port: 3 },
      ]);
    }
  });

  const several: readonly (readonly [string, string])[] = [
    ['a:1,', 'address 2 is empty'],
    [',a:1', 'address 1 is empty'],
    ['a:1, ,b:2', 'address 2 is empty'],
    ['a:1,b', 'address 2, "b", is no host with a port from 1 to 65535'],
    ['a:1,b:0', 'address 2, "b:0", is no host with a port from 1 to 65535'],
    ['a:1,b:65536', 'address 2, "b:65536", is no host with a port from 1 to 65535'],
    ['a:1;b:2,c:3', 'address 1, "a:1;b:2", is no host'],
    ['a:1,b:2,A:01', 'address 3, "A:01", is named twice'],
    [Array.from({ length: 17 }, (_, i) => `a:${String(i + 1)}`).join(','), 'it has 17 addresses'],
  ];
  for (const [text, problem] of several) {
    it(`refuses the addresses ${text}`, () => {
      const env = { ...ID, CLI_SERVER_ADDRESS: text };
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
      const start = `environment: CLI_SERVER_ADDRESS is "${text}": ${problem}`;
      expectFailure(error, 'CONFIG_INVALID', start, ': expected host:port, as in server:12345');
    });
  }

  const alone: readonly (readonly [string, string])[] = [
    ['CLI_MODE', 'echo'],
    ['CLI_DIALECT', 'pipe'],
    ['CLI_DIALECT', 'opcode'],
  ];
  for (const [variable, value] of alone) {
    it(`refuses several addresses with ${variable}=${value}`, () => {
      const env = { ...ID, CLI_SERVER_ADDRESS: 'a:1,b:2', [variable]: value };
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
      const message = `server.address has 2 addresses and ${variable.slice(4).toLowerCase()} is ${value}`;
      expectFailure(error, 'CONFIG_INVALID', message, 'expected one address');
    });
  }

  it('refuses a section where a value belongs', () => {
    const path = yamlFile(YAML.replace('"server:12345"', '{ host: a }'));
    const error = thrownBy(() => readClientConfig(path, ID));
    expectFailure(error, 'CONFIG_INVALID', path, 'server.address');
  });
});

describe('the bet in the environment', () => {
  afterEach(cleanUp);

  it('is read when all of its variables are set', () => {
    expect(readClientConfig(yamlFile(YAML), { ...ID, ...BET }).bet).to.deep.equal({
      firstName: 'Santiago Lionel',
      lastName: 'Lorca',
      document: '30904465',
      birthdate: '1999-03-17',
      number: '7574',
    });
  });

  it('is none when its variables are there and empty, as Compose passes them', () => {
    const empty = Object.fromEntries(Object.keys(BET).map((key) => [key, '']));
    expect(readClientConfig(yamlFile(YAML), { ...ID, ...empty }).bet).to.equal(null);
  });

  it('has a position where one is set', () => {
    const position = (env: object): unknown =>
      readClientConfig(yamlFile(YAML), { ...ID, ...BET, ...env }).betPosition;
    expect(position({})).to.equal(null);
    expect(position({ CLI_BET_OFFSET: '0' })).to.deep.equal({ offset: 0, checksum: 0 });
    expect(position({ CLI_BET_OFFSET: '7' })).to.deep.equal({ offset: 7, checksum: null });
    const both = { CLI_BET_OFFSET: '7', CLI_BET_CHECKSUM: '0000ff00' };
    expect(position(both)).to.deep.equal({ offset: 7, checksum: 0xff00 });
    expect(position({ CLI_MODE: 'echo', CLI_BET_OFFSET: '7' })).to.equal(null);
  });

  it('is refused with a checksum of the bets before it, and no position', () => {
    for (const bet of [BET, {}]) {
      const env = { ...ID, ...bet, CLI_BET_CHECKSUM: '00000000' };
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
      expectFailure(error, 'CONFIG_MISSING', 'bet.checksum is of no use without bet.offset');
    }
  });

  it('is missing where only its position is set, in the file or in the environment', () => {
    for (const [text, env] of [
      [YAML, { CLI_BET_OFFSET: '0' }],
      [`${YAML}bet:\n  offset: 7\n  checksum: "0000ff00"\n`, {}],
    ] as const) {
      const path = yamlFile(text);
      const error = thrownBy(() => readClientConfig(path, { ...ID, ...env }));
      expectFailure(error, 'CONFIG_MISSING', path, 'bet.offset is of no use without a bet');
    }
  });

  for (const variable of Object.keys(BET)) {
    it(`cannot do without ${variable}`, () => {
      const env = { ...ID, ...BET, [variable]: '' };
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
      expectFailure(error, 'CONFIG_MISSING', `environment: ${variable} is missing`);
    });
  }

  const wrong: readonly (readonly [string, string])[] = [
    ['NOMBRE', 'a\nb'],
    ['APELLIDO', 'x'.repeat(513)],
    ['DOCUMENTO', '30.904.465'],
    ['NACIMIENTO', '17/03/1999'],
    ['NUMERO', '10000'],
  ];
  for (const [variable, value] of wrong) {
    it(`is refused for a bad ${variable}`, () => {
      const env = { ...ID, ...BET, [variable]: value };
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
      expect(error).to.have.property('code', 'CONFIG_INVALID');
      expect(String(error)).to.include(`environment: ${variable} is "${value}": it `);
    });
  }
});

describe('the edition of an agency', () => {
  afterEach(cleanUp);

  it('is in CLI_EDITION, else in EDITION, else in the file', () => {
    const inFile = `edition: "2020"\n${YAML}`;
    expect(readClientConfig(yamlFile(inFile), ID).edition).to.equal('2020');
    const plain = { ...ID, EDITION: 'lottery' };
    expect(readClientConfig(yamlFile(inFile), plain).edition).to.equal('lottery');
    const both = { ...plain, CLI_EDITION: '2020' };
    expect(readClientConfig(yamlFile(YAML), both).edition).to.equal('2020');
  });

  it('is refused by the name under which it came', () => {
    for (const name of ['EDITION', 'CLI_EDITION']) {
      const error = thrownBy(() => readClientConfig(yamlFile(YAML), { ...ID, [name]: '2021' }));
      expectFailure(error, 'CONFIG_INVALID', `environment: ${name} is "2021"`, 'lottery or 2020');
    }
  });

  it('2020 does not go with a dialect', () => {
    const env = { ...ID, EDITION: '2020', CLI_DIALECT: 'tlv' };
    const error = thrownBy(() => readClientConfig(yamlFile(YAML), env));
    expectFailure(error, 'CONFIG_INVALID', 'edition is 2020 and dialect is tlv');
  });

  it('2020 has contestants without a number, and ignores one', () => {
    const { NUMERO: number, ...contestant } = BET;
    for (const extra of [{}, { NUMERO: number }, { NUMERO: 'x' }]) {
      const env = { ...ID, ...contestant, ...extra, EDITION: '2020' };
      const { bet } = readClientConfig(yamlFile(YAML), env);
      expect(bet).to.include({ document: '30904465', number: '' });
    }
    const alone = { ...ID, NUMERO: number, EDITION: '2020' };
    expect(readClientConfig(yamlFile(YAML), alone).bet).to.equal(null);
    const bad = { ...ID, ...contestant, DOCUMENTO: '', EDITION: '2020' };
    const error = thrownBy(() => readClientConfig(yamlFile(YAML), bad));
    expectFailure(error, 'CONFIG_MISSING', 'environment: DOCUMENTO is missing');
  });
});
