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
