import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import {
  composeOptions,
  composeText,
  parseClients,
  writeCompose,
  type ComposeOptions,
} from '../../../src/tools/compose';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

interface Service {
  readonly container_name: string;
  readonly image: string;
  readonly user?: string;
  readonly environment: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: readonly string[];
  readonly logging?: {
    readonly driver: string;
    readonly options: Readonly<Record<string, string>>;
  };
}

interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

function textOf(options: Partial<ComposeOptions> = {}): string {
  return composeText({ clients: 1, persist: false, echoCheck: false, ...options });
}

function fileOf(options: Partial<ComposeOptions> = {}): ComposeFile {
  return parse(textOf(options)) as ComposeFile;
}

const ONE_CLIENT = `name: tp0
services:
  server:
    container_name: server
    image: server:latest
    environment:
      - AGENCIES=1
    volumes:
      - ./server/config.ini:/app/config.ini:ro
    networks:
      - testing_net
    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: "5"
  client1:
    container_name: client1
    image: client:latest
    environment:
      - CLI_ID=1
      - NOMBRE
      - APELLIDO
      - DOCUMENTO
      - NACIMIENTO
      - NUMERO
    volumes:
      - ./client/config.yaml:/app/config.yaml:ro
      - ./.data:/app/.data:ro
    networks:
      - testing_net
    depends_on:
      - server
    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: "5"
networks:
  testing_net:
    ipam:
      driver: default
      config:
        - subnet: 172.25.125.0/24
`;

describe('composeText', () => {
  it('is the same for the same wishes, to the byte', () => {
    expect(textOf()).to.equal(ONE_CLIENT);
    expect(textOf()).to.equal(textOf());
  });

  it('gives the server the settings of the draw', () => {
    const text = composeText(
      composeOptions(1, {
        WINNING_NUMBER: 'random',
        DRAW_SALT: 'a $1 bet',
        DRAW_SALT_SOURCE: 'drand 9',
      }),
    );
    expect(text).to.include('      - WINNING_NUMBER=random\n');
    expect(text).to.include('      - DRAW_SALT=a $$1 bet\n');
    expect(text).to.include('      - DRAW_SALT_SOURCE=drand 9\n');
    expect(composeText(composeOptions(1, {}))).to.not.match(/WINNING|SALT/);
  });

  it('passes another edition on to everybody, and nothing of the lottery', () => {
    const options = composeOptions(2, { EDITION: '2020' });
    const { services } = parse(composeText(options)) as ComposeFile;
    expect(services['server']?.environment).to.include('EDITION=2020');
    for (const client of ['client1', 'client2']) {
      expect(services[client]?.environment).to.include('CLI_EDITION=2020');
    }
    expect(composeText(composeOptions(1, { EDITION: 'lottery' }))).to.equal(ONE_CLIENT);
    const error = thrownBy(() => composeOptions(1, { EDITION: '2019' }));
    expectFailure(error, 'USAGE', 'EDITION is "2019"');
  });

  it('of no clients has a server', () => {
    const { services } = fileOf({ clients: 0 });
    expect(Object.keys(services)).to.deep.equal(['server']);
    expect(services['server']?.environment).to.include('AGENCIES=0');
  });

  it('of many clients names each, in order, with its number', () => {
    const { services } = fileOf({ clients: 12 });
    const clients = Array.from({ length: 12 }, (_, i) => `client${String(i + 1)}`);
    expect(Object.keys(services)).to.deep.equal(['server', ...clients]);
    for (const [i, name] of clients.entries()) {
      expect(services[name]?.container_name).to.equal(name);
      expect(services[name]?.environment).to.include(`CLI_ID=${String(i + 1)}`);
    }
  });

  it('puts everybody in the one network', () => {
    const { services, networks } = fileOf({ clients: 3 });
    expect(Object.keys(networks)).to.deep.equal(['testing_net']);
    for (const service of Object.values(services)) {
      expect(service.networks).to.deep.equal(['testing_net']);
    }
  });

  it('names the mode where MODE does, and leaves it to the programs elsewhere', () => {
    const environment = (options: Partial<ComposeOptions>): readonly string[] =>
      Object.values(fileOf(options).services).flatMap((service) => service.environment);
    const bets = ['NOMBRE', 'APELLIDO', 'DOCUMENTO', 'NACIMIENTO', 'NUMERO'];
    expect(environment({})).to.deep.equal(['AGENCIES=1', 'CLI_ID=1', ...bets]);
    expect(environment({ mode: 'lottery' })).to.deep.equal([
      ...['SERVER_MODE=lottery', 'AGENCIES=1', 'CLI_ID=1', 'CLI_MODE=lottery'],
      ...bets,
    ]);
  });

  it('in echo mode has neither bets nor data', () => {
    const { services } = fileOf({ mode: 'echo' });
    expect(services['server']?.environment).to.include('SERVER_MODE=echo');
    expect(services['client1']?.environment).to.deep.equal(['CLI_ID=1', 'CLI_MODE=echo']);
    expect(services['client1']?.volumes).to.deep.equal([
      './client/config.yaml:/app/config.yaml:ro',
    ]);
  });

  it('keeps the logs of all that run on from filling the disk', () => {
    for (const mode of ['lottery', 'echo'] as const) {
      for (const service of Object.values(fileOf({ clients: 2, mode }).services)) {
        expect(service.logging).to.deep.equal({
          driver: 'json-file',
          options: { 'max-size': '10m', 'max-file': '5' },
        });
      }
    }
  });

  it('mounts configuration read-only', () => {
    for (const { volumes } of Object.values(fileOf({ clients: 2 }).services)) {
      expect(volumes.length).to.be.greaterThan(0);
      for (const volume of volumes) expect(volume).to.match(/:ro$/);
    }
  });

  it('keeps bets on this machine, as its user, only when it is asked to', () => {
    const server = fileOf({ persist: true }).services['server'];
    expect(server?.volumes).to.include('./data:/app/data');
    expect(server?.user).to.equal(`${String(process.getuid?.())}:${String(process.getgid?.())}`);
    expect(fileOf().services['server']).not.to.have.property('user');
  });
});

describe('the echo check', () => {
  afterEach(cleanUp);

  interface EchoCheck extends Service {
    readonly command: readonly string[];
  }

  function echoCheck(): EchoCheck | undefined {
    const { services } = fileOf({ clients: 0, mode: 'echo', echoCheck: true });
    return services['echo-check'] as EchoCheck | undefined;
  }

  /** Runs what the container would, with a netcat that reaches what `nc` says. */
  function check(nc: string, ini = 'SERVER_IP = server\nSERVER_PORT = 12345\n'): string {
    const directory = temporaryDirectory();
    const write = (name: string, text: string): void => {
      writeFileSync(join(directory, name), text, { mode: 0o755 });
    };
    write('config.ini', ini);
    write('sleep', '#!/bin/sh\necho slept >>"$(dirname "$0")/slept"\n');
    write('nc', `#!/bin/sh\n[ "$*" = 'server 12345' ] || exit 1\n${nc}\n`);
    const [, , script = ''] = echoCheck()?.command ?? [];
    expect(script.replaceAll('$$', '')).not.to.include('$');
    const text = script.replaceAll('$$', '$').replace('/config.ini', join(directory, 'config.ini'));
    const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}` };
    const { stdout, status } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' });
    return `${stdout.trim()} ${String(status)}`;
  }

  const SUCCESS = 'action: test_echo_server | result: success 0';
  const FAIL = 'action: test_echo_server | result: fail 1';

  it('stands beside the server, in its network, and knows its port from its file', () => {
    const { command, ...service } = echoCheck() ?? {};
    expect(command?.slice(0, 2)).to.deep.equal(['sh', '-c']);
    expect(service).to.deep.equal({
      container_name: 'echo-check',
      image: 'busybox:latest',
      volumes: ['./server/config.ini:/config.ini:ro'],
      networks: ['testing_net'],
      depends_on: ['server'],
    });
    expect(Object.keys(fileOf().services)).not.to.include('echo-check');
  });

  it('tells a server that echoes from one that does not', () => {
    expect(check('cat')).to.equal(SUCCESS);
    expect(check('tr a-z A-Z')).to.equal(FAIL);
    expect(check('exit 1')).to.equal(FAIL);
    expect(check('cat', 'SERVER_PORT = 12346\n')).to.equal(FAIL);
  });

  it('waits for a server that does not listen yet', () => {
    expect(check('[ -f "$(dirname "$0")/slept" ] && cat')).to.equal(SUCCESS);
  });
});

describe('composeOptions', () => {
  it('takes MODE and PERSIST, or their defaults', () => {
    expect(composeOptions(2, {})).to.deep.equal({
      clients: 2,
      persist: false,
      echoCheck: false,
    });
    expect(composeOptions(0, { MODE: 'echo', PERSIST: '1' })).to.deep.equal({
      clients: 0,
      mode: 'echo',
      persist: true,
      echoCheck: false,
    });
    expect(composeOptions(1, { MODE: 'lottery', PERSIST: '0' })).to.include({
      mode: 'lottery',
      persist: false,
    });
  });

  it('SUBNET is the network of the containers, and trusted by the server', () => {
    const text = composeText(composeOptions(1, { SUBNET: '10.9.8.0/24' }));
    expect(text).to.include('subnet: 10.9.8.0/24');
    expect(text).to.include('- TRUSTED_NETWORKS=10.9.8.0/24');
    expect(composeText(composeOptions(1, {}))).not.to.include('TRUSTED_NETWORKS');
  });

  it('BOARD=1 publishes the board on the loopback address of the machine only', () => {
    const text = composeText(composeOptions(1, { BOARD: '1' }));
    const { services } = parse(text) as {
      services: Record<string, { environment: string[]; ports?: string[] }>;
    };
    expect(services['server']?.ports).to.deep.equal(['127.0.0.1:9464:9464']);
    expect(services['server']?.environment).to.include.members([
      ...['BOARD_PORT=9464', 'BOARD_ADDRESS=0.0.0.0', 'BOARD_HOSTS=server'],
      ...['BOARD_TOKEN', 'BOARD_AGENCY_METRICS'],
    ]);
    expect(services['client1']?.ports).to.equal(undefined);
    expect(composeText(composeOptions(1, {})))
      .not.to.include('BOARD')
      .and.not.to.include('ports');
    const error = thrownBy(() => composeOptions(1, { BOARD: '1', MODE: 'echo' }));
    expectFailure(error, 'USAGE', 'the board shows a lottery');
  });

  it('ENV=TEST asks for an echo check, of an echo server', () => {
    const check = { mode: 'echo', echoCheck: true };
    expect(composeOptions(0, { ENV: 'TEST' })).to.include(check);
    expect(composeOptions(0, { ENV: 'TEST', MODE: 'echo' })).to.include(check);
    expect(composeOptions(1, { ENV: '/root/.shrc' })).to.deep.equal(composeOptions(1, {}));
    const error = thrownBy(() => composeOptions(1, { ENV: 'TEST', MODE: 'lottery' }));
    expectFailure(error, 'USAGE', 'ENV=TEST expects echo');
  });

  for (const [variable, value, expected] of [
    ['MODE', 'casino', 'expected lottery or echo'],
    ['MODE', '', 'expected lottery or echo'],
    ['PERSIST', 'yes', 'expected 0 or 1'],
    ['PERSIST', '', 'expected 0 or 1'],
    ['BOARD', 'yes', 'expected 0 or 1'],
    ['SUBNET', '172.25.125.0', 'expected a network such as 172.25.125.0/24'],
    ['SUBNET', '10.0.0.0/33', 'expected a network'],
    ['SUBNET', '', 'expected a network'],
  ] as const) {
    it(`refuses ${variable}="${value}"`, () => {
      const error = thrownBy(() => composeOptions(1, { [variable]: value }));
      expectFailure(error, 'USAGE', `${variable} is "${value}"`, expected);
    });
  }
});

describe('parseClients', () => {
  it('takes whole numbers from 0 to 65535', () => {
    expect(['0', '1', '5', '10', '65535'].map(parseClients)).to.deep.equal([0, 1, 5, 10, 65535]);
  });

  for (const text of ['', ' ', 'x', '-1', '+1', '1.5', '1e3', ' 5', '5 ', '65536', '0x5', '٣']) {
    it(`refuses "${text}"`, () => {
      const error = thrownBy(() => parseClients(text));
      expectFailure(error, 'USAGE', `"${text}"`, '0 to 65535');
    });
  }
});

describe('writeCompose', () => {
  const options: ComposeOptions = {
    clients: 1,
    persist: false,
    echoCheck: false,
  };
  const cwd = process.cwd();

  afterEach(async () => {
    process.chdir(cwd);
    await cleanUp();
  });

  it('replaces a file, and leaves nothing else behind', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'compose.yaml');
    writeFileSync(path, 'old');
    writeCompose(path, options);
    expect(readFileSync(path, 'utf8')).to.equal(ONE_CLIENT);
    expect(readdirSync(directory)).to.deep.equal(['compose.yaml']);
  });

  it('leaves nothing behind where it cannot write', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'target');
    mkdirSync(path);
    expectFailure(
      thrownBy(() => {
        writeCompose(path, options);
      }),
      'DATA_UNREADABLE',
      path,
    );
    expect(readdirSync(directory)).to.deep.equal(['target']);
  });

  it('never replaces what is no plain file', () => {
    const directory = temporaryDirectory();
    const link = join(directory, 'link.yaml');
    symlinkSync('elsewhere.yaml', link);
    for (const path of [link, directory]) {
      const error = thrownBy(() => {
        writeCompose(path, options);
      });
      expectFailure(error, 'DATA_UNREADABLE', path, 'not a plain file');
    }
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(readdirSync(directory)).to.deep.equal(['link.yaml']);
  });

  it('makes the directory of the bets beforehand, so that Docker does not as root', () => {
    process.chdir(temporaryDirectory());
    writeCompose('compose.yaml', options);
    expect(readdirSync('.')).to.deep.equal(['compose.yaml']);
    writeCompose('compose.yaml', { ...options, persist: true });
    expect(readdirSync('.').sort()).to.deep.equal(['compose.yaml', 'data']);
  });
});
