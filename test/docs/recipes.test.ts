/** Recipes of the documents, run as they are written but for ports and paths. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';
import { commandsOf, fences } from './commands';

const FEW = ['--agencies', '2', '--bets', '50'];
const SERVER = {
  SERVER_PORT: '0',
  SERVER_LISTEN_BACKLOG: '5',
  LOGGING_LEVEL: 'INFO',
  AGENCIES: '1',
};
const CLIENT = { CLI_LOOP_AMOUNT: '1', CLI_LOOP_PERIOD: '1s', CLI_LOG_LEVEL: 'INFO' };

/** A directory in which `./bin/loteria` is there, and an agency's file. */
function checkout(): string {
  const directory = temporaryDirectory();
  symlinkSync(join(ROOT, 'bin'), join(directory, 'bin'));
  mkdirSync(join(directory, '.data'));
  writeFileSync(join(directory, '.data', 'agency-1.csv'), 'Nora,Paz,30000001,1988-04-23,7574\n');
  return directory;
}

/** A command line in a shell that becomes the program, with more settings. */
function shell(line: string, directory: string, env: Record<string, string> = {}): Program {
  return new Program('bash', ['-c', line.replace('./bin/', 'exec ./bin/')], env, directory);
}

async function succeed(program: Program): Promise<string> {
  expect((await program.exited).code, program.output).to.equal(0);
  return program.output;
}

/** The commands of the block of docs/SECURITY.md that contains `text`, in order. */
function recipe(text: string): string[] {
  const document = readFileSync(join(ROOT, 'docs/SECURITY.md'), 'utf8');
  const block = fences(document).find(({ body }) => body.includes(text))?.body ?? '';
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');
}

/** Runs the central's and the agency's line of a recipe: the agency must receive its winners. */
async function bet(serverLine: string, clientLine: string, directory: string): Promise<void> {
  const central = shell(serverLine, directory, SERVER);
  const line = await central.waitFor('action: listen | result: success');
  const port = /port: (\d+)/.exec(line)?.[1] ?? '';
  const address = { CLI_SERVER_ADDRESS: `127.0.0.1:${port}` };
  const said = await succeed(shell(clientLine, directory, { ...CLIENT, ...address }));
  expect(said).to.include('action: consulta_ganadores | result: success | cant_ganadores: 1');
  const client = { ...CLIENT, ...address, CLI_ID: '1', CLI_RETRY_FOR: '1s' };
  const other = shell('./bin/loteria client', directory, client);
  expect((await other.exited).code, other.output).to.equal(1);
  central.signal('SIGTERM');
  await succeed(central);
}

describe('recipes', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('SECURITY.md: secrets', async () => {
    const directory = checkout();
    const [make = '', server = '', client = ''] = recipe('SECRETS_FILE=');
    await succeed(shell(make, directory));
    const secrets = join(directory, 'secrets', 'secrets');
    // The recipe is for five agencies; here there is one.
    const lines = readFileSync(secrets, 'utf8').split('\n');
    expect(lines.filter((line) => /^\d:/.test(line)).length).to.equal(5);
    writeFileSync(secrets, lines.filter((line) => !/^[2-5]:/.test(line)).join('\n'));
    await bet(server, client, directory);
  });

  it('SECURITY.md: TLS, with certificates by openssl', async function () {
    if (!existsSync('/usr/bin/openssl')) this.skip();
    const directory = checkout();
    const lines = recipe('openssl req');
    const [server = '', client = ''] = lines.slice(-2);
    for (const line of lines.slice(0, -2)) {
      execFileSync('bash', ['-ec', line], { cwd: directory, stdio: 'pipe' });
    }
    await bet(server, client, directory);
  });

  it('README.md: data, demo, compose, store agencies, verify', async () => {
    const usage = commandsOf('README.md').map(({ text }) => text.replace(/^\.\/bin\/loteria /, ''));
    const names = usage
      .filter((text) => /^[a-z]+ .*[A-Z]/.test(text))
      .map((text) => text.split(' ')[0]);
    expect(names).to.include.members(['demo', 'data', 'compose', 'verify', 'store']);
    const directory = checkout();
    const run = (line: string, env = {}): Promise<string> =>
      succeed(shell(`./bin/loteria ${line}`, directory, env));
    expect(await run(`data ${FEW.join(' ')} --seed 1 --data two`)).to.include('2 generated');
    expect(await run(`demo ${FEW.join(' ')} --seed 1 --data two`)).to.include('100');
    expect(await run('compose 2')).to.include('container_name: client2');
    const central = shell('./bin/loteria server', directory, { ...SERVER, AGENCIES: '5' });
    await central.waitFor('action: listen');
    central.signal('SIGTERM');
    await succeed(central);
    expect(await run('store agencies data 4')).to.include('AGENCIES=4, 5 before');
    expect(await run('verify data')).to.include('agree');
  });
});
