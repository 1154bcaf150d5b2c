import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { DEFAULT_MODE } from '../../src/base/mode';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';

const SCRIPT = join(ROOT, 'generar-compose.sh');

function generate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = temporaryDirectory(),
): Program {
  return new Program('bash', [SCRIPT, ...args], env, cwd);
}

interface Compose {
  readonly name: string;
  readonly version?: string;
  readonly services: Readonly<
    Record<
      string,
      {
        container_name: string;
        image: string;
        environment: string[];
        networks: string[];
        volumes: string[];
      }
    >
  >;
  readonly networks: unknown;
}

async function compose(
  clients: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Compose> {
  const cwd = temporaryDirectory();
  const program = generate(['out.yaml', clients], env, cwd);
  expect((await program.exited).code, program.output).to.equal(0);
  return parse(readFileSync(join(cwd, 'out.yaml'), 'utf8')) as Compose;
}

describe('exercise 1: generar-compose.sh', () => {
  afterEach(cleanUp);

  it('writes a server and the clients that are asked for', async () => {
    const { name, version, services, networks } = await compose('3');
    expect(name).to.equal('tp0');
    expect(version).to.equal(undefined);
    expect(Object.keys(services)).to.deep.equal(['server', 'client1', 'client2', 'client3']);
    for (const [service, { container_name, networks: joined }] of Object.entries(services)) {
      expect(container_name).to.equal(service);
      expect(joined).to.deep.equal(['testing_net']);
    }
    expect(services['server']?.image).to.equal('server:latest');
    expect(services['client3']?.image).to.equal('client:latest');
    expect(services['client3']?.environment).to.include('CLI_ID=3');
    expect(networks).to.deep.equal({
      testing_net: { ipam: { driver: 'default', config: [{ subnet: '172.25.125.0/24' }] } },
    });
  });

  it('writes no client when there are to be none', async () => {
    expect(Object.keys((await compose('0')).services)).to.deep.equal(['server']);
  });

  it('sets no log level, so that the files decide', async () => {
    for (const { environment } of Object.values((await compose('2')).services)) {
      expect(environment.filter((text) => text.includes('LEVEL'))).to.deep.equal([]);
    }
  });

  it('passes the mode to both sides', async () => {
    const { services } = await compose('1', { MODE: 'echo' });
    expect(services['server']?.environment).to.include('SERVER_MODE=echo');
    expect(services['client1']?.environment).to.include('CLI_MODE=echo');
  });

  it('keeps the data in the container unless PERSIST=1', async () => {
    const volumes = async (env: Record<string, string>): Promise<string[] | undefined> =>
      (await compose('1', env)).services['server']?.volumes;
    expect(await volumes({})).to.deep.equal(['./server/config.ini:/app/config.ini:ro']);
    expect(await volumes({ PERSIST: '1' })).to.include('./data:/app/data');
  });

  it('writes the same bytes again, also through ts-node alone', async () => {
    const cwd = temporaryDirectory();
    await generate(['a.yaml', '4'], {}, cwd).exited;
    await generate(['b.yaml', '4'], {}, cwd).exited;
    const tsNode = join(ROOT, 'node_modules', '.bin', 'ts-node');
    await new Program(tsNode, ['generar-compose.ts', '4', join(cwd, 'c.yaml')], {}, ROOT).exited;
    const [a, b, c] = ['a', 'b', 'c'].map((name) =>
      readFileSync(join(cwd, `${name}.yaml`), 'utf8'),
    );
    expect(b).to.equal(a);
    expect(c).to.equal(a);
  });

  it('prints to standard output when no file is named', async () => {
    const tsNode = join(ROOT, 'node_modules', '.bin', 'ts-node');
    const program = new Program(tsNode, ['generar-compose.ts', '1'], {}, ROOT);
    await program.exited;
    expect(Object.keys((parse(program.output) as Compose).services)).to.deep.equal([
      'server',
      'client1',
    ]);
  });

  const wrong: readonly (readonly string[])[] = [
    [],
    ['out.yaml'],
    ['out.yaml', '-1'],
    ['out.yaml', 'five'],
    ['out.yaml', '1.5'],
    ['out.yaml', ''],
    ['out.yaml', '1', '2'],
    ['', '5'],
  ];
  for (const args of wrong) {
    it(`answers ${JSON.stringify(args)} with a usage line and exit code 2`, async () => {
      const cwd = temporaryDirectory();
      const program = generate(args, {}, cwd);
      expect((await program.exited).code).to.equal(2);
      expect(program.output).to.match(/^usage: .*FILE N/);
      expect(readdirSync(cwd)).to.deep.equal([]);
    });
  }

  it('leaves an existing file as it is when something is wrong', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'out.yaml'), 'mine');
    const program = generate(['out.yaml', '3'], { MODE: 'bogus' }, cwd);
    expect((await program.exited).code).to.equal(2);
    expect(readFileSync(join(cwd, 'out.yaml'), 'utf8')).to.equal('mine');
    expect(readdirSync(cwd)).to.deep.equal(['out.yaml']);
  });

  it('leaves nothing behind when the file cannot be written', async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, 'out.yaml'));
    expect((await generate(['out.yaml', '3'], {}, cwd).exited).code).to.equal(1);
    expect(readdirSync(cwd)).to.deep.equal(['out.yaml']);
  });

  it('the committed file is what it writes for five clients', async () => {
    const cwd = temporaryDirectory();
    await generate(['out.yaml', '5'], {}, cwd).exited;
    expect(readFileSync(join(ROOT, 'docker-compose-dev.yaml'), 'utf8')).to.equal(
      readFileSync(join(cwd, 'out.yaml'), 'utf8'),
    );
  });
});

describe('make compose-file', () => {
  afterEach(cleanUp);

  async function make(path: string, ...variables: readonly string[]): Promise<string[]> {
    const args = ['--no-print-directory', 'compose-file', `COMPOSE_FILE=${path}`, ...variables];
    const program = new Program('make', args, {}, ROOT);
    expect((await program.exited).code, program.output).to.equal(0);
    return Object.keys((parse(readFileSync(path, 'utf8')) as Compose).services);
  }

  it('data are prepared for a lottery only, by the file or the default of the programs', async () => {
    const probe = '--eval=probe: ; @if $(LOTTERY); then echo lottery; else echo echo; fi';
    const path = join(temporaryDirectory(), 'compose.yaml');
    for (const [text, expected] of [
      ['- SERVER_MODE=lottery', 'lottery'],
      ['- SERVER_MODE=echo', 'echo'],
      ['- AGENCIES=5', DEFAULT_MODE],
    ]) {
      writeFileSync(path, `${text ?? ''}\n`);
      const args = ['--no-print-directory', probe, 'probe', `COMPOSE_FILE=${path}`];
      const program = new Program('make', args, {}, ROOT);
      expect((await program.exited).code, program.output).to.equal(0);
      expect(program.lines).to.deep.equal([expected]);
    }
  });

  it('writes what is asked for, leaves a file alone, and takes the echo check away again', async () => {
    const path = join(temporaryDirectory(), 'compose.yaml');
    const five = ['server', 'client1', 'client2', 'client3', 'client4', 'client5'];
    expect(await make(path)).to.deep.equal(five);
    expect(await make(path, 'CLIENTS=2')).to.deep.equal(['server', 'client1', 'client2']);
    writeFileSync(path, `# mine\n${readFileSync(path, 'utf8')}`);
    expect(await make(path, 'ENV=/root/.shrc')).to.deep.equal(['server', 'client1', 'client2']);
    expect(readFileSync(path, 'utf8')).to.match(/^# mine/);
    expect(await make(path, 'ENV=TEST')).to.deep.equal(['server', 'echo-check']);
    expect(await make(path, 'ENV=TEST', 'CLIENTS=1')).to.deep.equal([
      'server',
      'client1',
      'echo-check',
    ]);
    expect(await make(path)).to.deep.equal(five);
  }).timeout(60_000);
});
