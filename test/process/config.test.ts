import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, loteria, temporaryDirectory, type Program } from '../support/program';

const INI = `[DEFAULT]
SERVER_PORT = 0
SERVER_IP = server
SERVER_LISTEN_BACKLOG = 7
LOGGING_LEVEL = DEBUG
`;
const YAML = `server:
  address: "127.0.0.1:1"
loop:
  amount: 4
  period: "1m30s"
log:
  level: "INFO"
batch:
  maxAmount: 10
`;

/** Runs a program that has to fail, and checks its one line. */
async function failsWith(program: Program, ...words: readonly string[]): Promise<void> {
  const { code } = await program.exited;
  expect(code, program.output).to.equal(1);
  const lines = program.matching('result: fail');
  expect(lines, program.output).to.have.length(1);
  for (const word of words) expect(lines[0]).to.include(word);
}

describe('exercise 2: configuration outside of the image', () => {
  afterEach(cleanUp);

  it('server logs its configuration as it is written, at debug level', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.ini'), INI);
    const server = loteria(['server'], {}, cwd);
    const line = await server.waitFor('action: config');
    expect(line).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d DEBUG {4}action: config \| /);
    expect(line).to.match(
      /action: config \| result: success \| port: 0 \| listen_backlog: 7 \| logging_level: DEBUG$/,
    );
  });

  it('server finds server/config.ini when there is no ./config.ini', async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, 'server'));
    writeFileSync(join(cwd, 'server', 'config.ini'), INI);
    const server = loteria(['server'], {}, cwd);
    await server.waitFor('listen_backlog: 7');
  });

  it('server takes the environment before the file', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.ini'), INI);
    const server = loteria(['server'], { SERVER_LISTEN_BACKLOG: '33' }, cwd);
    await server.waitFor('listen_backlog: 33');
  });

  it('server stays silent about its configuration at info level', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.ini'), INI);
    const server = loteria(['server'], { LOGGING_LEVEL: 'INFO' }, cwd);
    await server.waitFor('action: listen');
    expect(server.matching('action: config')).to.deep.equal([]);
  });

  it('client logs its configuration as it is written, at info level', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.yaml'), YAML);
    const client = loteria(['client'], { CLI_ID: '2', CLI_DATA: '/dev/null' }, cwd);
    const line = await client.waitFor('action: config');
    expect(line).to.match(
      /INFO {5}action: config \| result: success \| client_id: 2 \| server_address: 127\.0\.0\.1:1 \| loop_amount: 4 \| loop_period: 1m30s \| log_level: INFO$/,
    );
  });

  it('client takes the environment before the file', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.yaml'), YAML);
    const env = { CLI_ID: '2', CLI_LOOP_PERIOD: '100ms', CLI_DATA: '/dev/null' };
    await loteria(['client'], env, cwd).waitFor('loop_period: 100ms');
  });

  it('server names file, key and expectation when a value is missing', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.ini'), INI.replace(/SERVER_PORT.*\n/, ''));
    const server = loteria(['server'], {}, cwd);
    await failsWith(server, 'CONFIG_MISSING', './config.ini', 'SERVER_PORT', 'a port, 0 to 65535');
  });

  it('server names file, key, value and expectation when a value is wrong', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.ini'), INI.replace('= 7', '= many'));
    const server = loteria(['server'], {}, cwd);
    await failsWith(server, 'CONFIG_INVALID', 'config.ini', 'SERVER_LISTEN_BACKLOG', '"many"');
  });

  it('client names the variable when the environment is wrong', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.yaml'), YAML);
    const client = loteria(['client'], { CLI_ID: '1', CLI_LOOP_PERIOD: '5 s' }, cwd);
    await failsWith(client, 'CONFIG_INVALID', 'environment: CLI_LOOP_PERIOD', '"5 s"', '1m30s');
  });

  it('client names file and key when a value is missing', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.yaml'), YAML.replace(/ {2}period.*\n/, ''));
    const client = loteria(['client'], { CLI_ID: '1' }, cwd);
    await failsWith(client, 'CONFIG_MISSING', './config.yaml', 'loop.period', 'CLI_LOOP_PERIOD');
  });

  it('client says where a YAML file is broken', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'config.yaml'), 'server:\n  address: "x\nloop: [');
    await failsWith(loteria(['client'], { CLI_ID: '1' }, cwd), 'CONFIG_UNREADABLE', 'config.yaml');
  });

  it('a file that --config names must exist', async () => {
    await failsWith(loteria(['server', '--config', 'nowhere.ini']), 'nowhere.ini');
  });

  it('all files may be absent when the environment says enough', async () => {
    const server = loteria(['server'], {
      SERVER_PORT: '0',
      SERVER_LISTEN_BACKLOG: '5',
      LOGGING_LEVEL: 'info',
    });
    await server.waitFor('action: listen | result: success');
  });

  it('unknown options give usage and exit code 2', async () => {
    const program = loteria(['server', '--bogus']);
    expect((await program.exited).code).to.equal(2);
    // The settings of the central would push the mistake off the screen.
    expect(program.output.trim().split('\n')).to.deep.equal([
      "error: unknown option '--bogus'",
      '(--help shows the options, with examples)',
    ]);
  });

  it('every sub-command explains itself', async () => {
    for (const command of ['server', 'client', 'demo', 'data', 'compose']) {
      const program = loteria([command, '--help']);
      expect((await program.exited).code).to.equal(0);
      expect(program.output).to.include(`Usage: loteria ${command}`);
    }
  });
});
