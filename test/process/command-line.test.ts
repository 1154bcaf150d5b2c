/** Help, `loteria config`, completion, and output for programs. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CLIENT_SETTINGS } from '../../src/client/settings';
import { SERVER_SETTINGS } from '../../src/server/settings';
import { composeOptions } from '../../src/tools/compose';
import {
  cleanUp,
  LOTERIA,
  loteria,
  type Program,
  startClient,
  startServer,
  temporaryDirectory,
} from '../support/program';

const COMMANDS = [
  ...['server', 'client', 'demo', 'status', 'top', 'config', 'data', 'compose', 'verify'],
  ...['secret', 'store', 'store agencies', 'store salt', 'complete'],
  ...['init', 'status', 'export', 'import', 'verify'].map((name) => `store ${name}`),
];

async function succeed(program: Program): Promise<string> {
  expect((await program.exited).code, program.output).to.equal(0);
  return program.output;
}

describe('--help', () => {
  afterEach(cleanUp);

  it('names every command', async () => {
    const help = await succeed(loteria(['--help']));
    const listed = [...help.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name);
    const expected = COMMANDS.filter((name) => !name.includes(' '));
    expect(listed).to.include.members(expected);
    expect(listed.filter((name) => name !== 'loteria' && name !== 'help').sort()).to.deep.equal(
      expected.sort(),
    );
  });

  for (const name of COMMANDS) {
    it(`${name}: has examples`, async () => {
      const help = await succeed(loteria([...name.split(' '), '--help']));
      const [, examples = ''] = help.split('Examples:\n');
      expect(examples).to.match(new RegExp(`^ {2}.*loteria ${name}`));
    });
  }

  it('of central and agency name every setting, those of others the variables', async () => {
    const server = await succeed(loteria(['server', '--help']));
    for (const { env, help } of SERVER_SETTINGS) expect(server).to.include(env).and.include(help);
    const client = await succeed(loteria(['client', '--help']));
    for (const { env, help } of CLIENT_SETTINGS) expect(client).to.include(env).and.include(help);
    expect(await succeed(loteria(['status', '--help']))).to.match(/^ {2}BOARD_PORT /m);
  });

  it('of compose names every variable that it reads, and so does generar-compose.ts', async () => {
    const read = new Set<string>();
    const env = new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void read.add(String(name)) });
    composeOptions(1, env);
    const help = await succeed(loteria(['compose', '--help']));
    const [, environment = ''] = help.split('Environment:\n');
    const named = [...environment.matchAll(/^ {2}(\S+(?:, \S+)*) {2}/gm)].flatMap(([, names]) =>
      (names ?? '').split(', '),
    );
    expect(named.sort()).to.deep.equal([...read].sort());
    const script = join(__dirname, '..', '..', 'generar-compose.ts');
    const usage = spawnSync(process.execPath, ['-r', 'ts-node/register/transpile-only', script], {
      encoding: 'utf8',
    });
    expect(usage.status).to.equal(2);
    for (const name of read) expect(usage.stderr).to.match(new RegExp(`\\b${name}\\b`));
  });
});

interface Report {
  readonly file: string;
  readonly settings: readonly { variable: string; value: string | null; source: string }[];
  readonly problems: readonly string[];
}

describe('loteria config', () => {
  afterEach(cleanUp);

  function file(name: string, text: string): string {
    const path = join(temporaryDirectory(), name);
    writeFileSync(path, text);
    return path;
  }

  it('shows each setting of the central, and where it comes from', async () => {
    const path = file('a.ini', '[DEFAULT]\nSERVER_PORT = 1\nSERVER_LISTEN_BACKLOG = 7\n');
    const env = { LOGGING_LEVEL: 'DEBUG', SERVER_PORT: '2' };
    const output = await succeed(loteria(['config', '--config', path], env));
    const lines = output.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]).to.deep.equal([`server: ${path}`]);
    expect(lines).to.deep.include(['SERVER_PORT', '2', 'environment']);
    expect(lines).to.deep.include(['SERVER_LISTEN_BACKLOG', '7', 'file']);
    expect(lines).to.deep.include(['AGENCIES', '5', 'default']);
    expect(lines.filter((cells) => cells.length === 3)).to.have.length(SERVER_SETTINGS.length);
  });

  for (const [what, env, expected] of [
    ['nothing', {}, ['7574', 'default']],
    ['an empty text', { WINNING_NUMBER: '' }, ['7574', 'default']],
    ['a number', { WINNING_NUMBER: '0' }, ['0', 'environment']],
    ['random', { WINNING_NUMBER: 'random' }, ['random', 'environment']],
    ['an edition without a draw', { EDITION: '2020' }, ['none', 'default']],
  ] as const) {
    it(`shows the winning number that is used with ${what}`, async () => {
      const path = file('a.ini', '[DEFAULT]\nSERVER_LISTEN_BACKLOG = 7\nLOGGING_LEVEL = INFO\n');
      const complete = { SERVER_PORT: '1', ...env };
      const output = await succeed(loteria(['config', '--config', path], complete));
      const lines = output.split('\n').map((line) => line.split(/ {2,}/));
      expect(lines).to.deep.include(['WINNING_NUMBER', ...expected]);
      // Also where another setting is missing.
      const program = loteria(['config', '--config', path, '--json'], env);
      await program.exited;
      const { settings } = JSON.parse(program.output) as Report;
      const [value, source] = expected;
      const number = settings.find(({ variable }) => variable === 'WINNING_NUMBER');
      expect(number).to.include({ value: value === 'none' ? '' : value, source });
    });
  }

  it('writes it for programs, and says what is wrong', async () => {
    const path = file('a.yaml', 'id: 3\nbatch: { maxAmount: many }\nlog: { level: INFO }\n');
    const program = loteria(['config', 'client', '--json', '--config', path]);
    expect((await program.exited).code).to.equal(1);
    const report = JSON.parse(program.output) as Report;
    const of = (name: string): unknown => report.settings.find((one) => one.variable === name);
    expect(report.file).to.equal(path);
    expect(of('CLI_ID')).to.include({ key: 'id', value: '3', source: 'file' });
    expect(of('CLI_BATCH_MAXAMOUNT')).to.include({ value: 'many', source: 'file' });
    expect(of('CLI_SERVER_ADDRESS')).to.include({ value: null, source: 'none' });
    expect(report.settings).to.have.length(CLIENT_SETTINGS.length);
    expect(report.problems.map((problem) => problem.split(':')[0]).sort()).to.deep.equal([
      ...['CONFIG_INVALID', 'CONFIG_MISSING', 'CONFIG_MISSING', 'CONFIG_MISSING'],
    ]);
  });

  it('says what is wrong only with settings together', async () => {
    const env = { SERVER_PORT: '1', SERVER_LISTEN_BACKLOG: '1', LOGGING_LEVEL: 'INFO' };
    const program = loteria(['config'], { ...env, EDITION: '2020', DETECT: '1' });
    expect((await program.exited).code).to.equal(1);
    expect(program.lines.at(-1)).to.match(/^server: CONFIG_INVALID: EDITION is 2020 and DETECT=1/);
  });

  it('never shows a token', async () => {
    const token = 'correct-horse-battery-staple';
    const env = { SERVER_PORT: '1', SERVER_LISTEN_BACKLOG: '1', LOGGING_LEVEL: 'INFO' };
    for (const args of [['config'], ['config', '--json']]) {
      const output = await succeed(loteria(args, { ...env, BOARD_TOKEN: token }));
      expect(output).to.include('(hidden)').and.not.include(token);
    }
  });

  it('shows what is invalid as it is written, and where that is', async () => {
    const env = { AGENCIES: 'abc', STORE: 'postgres://ana:geheim@nowhere:x/', DETECT: ' 2 ' };
    const path = file('a.ini', '[DEFAULT]\nSERVER_PORT = many\n[EDITION]\na = 1\n');
    const program = loteria(['config', '--config', path], env);
    expect((await program.exited).code).to.equal(1);
    const lines = program.lines.map((line) => line.split(/ {2,}/));
    expect(lines).to.deep.include(['AGENCIES', 'abc', 'environment']);
    expect(lines).to.deep.include(['STORE', 'postgres://ana:***@nowhere:x/', 'environment']);
    expect(lines).to.deep.include(['DETECT', '2', 'environment']);
    expect(lines).to.deep.include(['SERVER_PORT', 'many', 'file']);
    expect(lines).to.deep.include(['SERVER_LISTEN_BACKLOG', '?', 'none']);
    expect(program.output).not.to.include('geheim');
  });

  it('says that a setting is in the file also where that is no single value', async () => {
    const path = file('a.yaml', 'id: [1, 2]\n');
    const program = loteria(['config', 'client', '--json', '--config', path]);
    expect((await program.exited).code).to.equal(1);
    const { settings } = JSON.parse(program.output) as Report;
    const id = settings.find(({ variable }) => variable === 'CLI_ID');
    expect(id).to.include({ value: null, source: 'file' });
  });

  it('refuses a file that is not there', async () => {
    const program = loteria(['config', '--config', 'nowhere.ini']);
    expect((await program.exited).code).to.equal(1);
    expect(program.output).to.match(/^loteria: CONFIG_UNREADABLE: nowhere.ini/);
  });
});

describe('--json', () => {
  afterEach(cleanUp);

  it('verify, store, secret and data write one object', async () => {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const bets = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(bets, 'Ana,Paz,1,2000-01-01,7574\r\nAna,Paz,2,2000-01-01,1\r\n');
    await succeed(startClient(port, 1, { CLI_DATA: bets }));
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    await program.exited;
    const json = async (...args: readonly string[]): Promise<unknown> =>
      JSON.parse(await succeed(loteria([...args, '--json']))) as unknown;
    const verified = await json('verify', dataDirectory);
    expect(verified).to.deep.include({ edition: 'lottery', bets: 2, expectedAgencies: 1 });
    expect(verified).to.have.nested.property('agencies[0].winners', 1);
    expect(verified).to.have.nested.property('draw.winningNumber', 7574);
    expect(verified)
      .to.have.property('digest')
      .that.matches(/^[0-9a-f]{64}$/);
    const other = await startServer({ AGENCIES: '3' });
    other.program.signal('SIGTERM');
    await other.program.exited;
    expect(await json('store', 'agencies', other.dataDirectory, '4')).to.deep.equal({
      ...{ directory: other.dataDirectory, from: 3, to: 4 },
    });
    expect(await json('secret', '--agencies', '2', '--out', 's')).to.deep.equal({
      ...{ directory: 's', agencies: 2, secretsFile: join('s', 'secrets') },
    });
    expect(await json('data', '--agencies', '2', '--bets', '3', '--data', 'd')).to.deep.equal({
      ...{ directory: 'd', present: 0, unpacked: 0, generated: 2 },
    });
  });
});

describe('completion', () => {
  afterEach(cleanUp);

  async function complete(...words: readonly string[]): Promise<string[]> {
    const output = await succeed(loteria(['complete', '--', ...words]));
    return output.split('\n').map((line) => line.split('\t')[0] ?? '');
  }

  it('knows commands, options and their values', async () => {
    expect(await complete('')).to.include.members(['server', 'client', 'demo', 'config', 'top']);
    expect(await complete('sta')).to.include('status');
    expect(await complete('demo', '--')).to.include.members(['--kill', '--pace']);
    expect(await complete('client', '--dialect', '')).to.include.members(['pipe', 'native']);
    expect(await complete('store', '')).to.include.members(['agencies', 'salt', 'verify']);
    expect(await complete('store', 'verify', '--')).to.include.members(['--digest', '--json']);
  });

  it('leaves paths to the shell where no value is known', async () => {
    const last = async (...words: readonly string[]): Promise<string | undefined> =>
      (await complete(...words)).findLast((line) => line !== '');
    expect(await last('verify', '')).to.equal(':0');
    expect(await last('server', '--config', 'a')).to.equal(':0');
    expect(await last('status', '--sort', 'a')).to.equal(':4');
    expect(await last('sta')).to.equal(':4');
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`writes a script for ${shell}`, async function () {
      const script = await succeed(loteria(['complete', shell]));
      // The program need not be in a folder of PATH.
      expect(script).to.include(shell === 'bash' ? '"$program" complete' : `${LOTERIA} complete`);
      if (spawnSync(shell, ['--version']).status !== 0) this.skip();
      const path = join(temporaryDirectory(), 'script');
      writeFileSync(path, script);
      const check = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      expect(check.status, check.stderr).to.equal(0);
    });
  }
});
