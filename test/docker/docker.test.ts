/**
 * The exercises in real containers. Where no Docker engine answers, or its base images cannot be
 * had, the suite says so and is skipped; `.ci/run` brings an engine up first.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataset, type Dataset } from '../support/dataset';
import { cleanUp, ROOT } from '../support/program';
import { docker, exitCode, obstacle, Stack, waitForLog, waitUntilListening } from './stack';

const BUILD_MS = 600_000;
const STACK_MS = 120_000;
const BASE_IMAGES = ['node:24-slim', 'busybox:latest'];

describe('Docker', function () {
  this.timeout(STACK_MS);
  let stack: Stack;
  let data: Dataset;

  before(async function () {
    this.timeout(BUILD_MS);
    data = openDataset();
    const reason = obstacle(BASE_IMAGES);
    if (reason !== undefined) {
      console.log(`    Docker tests are skipped: ${reason}`);
      this.skip();
    }
    for (const image of ['server', 'client']) {
      const dockerfile = join(ROOT, image, 'Dockerfile');
      await docker('build', '-q', '-f', dockerfile, '-t', `${image}:latest`, ROOT);
    }
  });
  beforeEach(() => {
    stack = new Stack();
  });
  afterEach(async () => {
    await stack.down();
    await cleanUp();
  });
  after(() => {
    data.remove();
  });

  it('the images run as a user that is not root, without development packages', async () => {
    for (const image of ['server:latest', 'client:latest']) {
      const user = await docker('run', '--rm', '--entrypoint', 'id', image, '-un');
      expect(user.trim()).to.equal('node');
      const packages = await docker('run', '--rm', '--entrypoint', 'ls', image, 'node_modules');
      expect(packages.split('\n')).to.include('piscina').and.not.include('mocha');
    }
  });

  it('echo: five clients send and receive their messages', async () => {
    stack.edit('client/config.yaml', /period: .*/, 'period: 20ms');
    await stack.up(5, { MODE: 'echo' });
    for (const id of ['1', '2', '3', '4', '5']) {
      expect(await exitCode(`client${id}`)).to.equal(0);
      const log = await docker('logs', `client${id}`);
      expect(log).to.include(`loop_finished | result: success | client_id: ${id}`);
      expect(log).to.include(`client_id: ${id} | msg: [CLIENT ${id}] Message N°5`);
    }
  });

  it('validar-echo-server.sh is content with a healthy server', async () => {
    await stack.up(0, { MODE: 'echo' });
    await waitForLog('server', 'action: listen');
    expect((await stack.validate()).output).to.equal(
      'action: test_echo_server | result: success\n',
    );
  });

  it('validar-echo-server.sh follows the port in server/config.ini', async () => {
    stack.edit('server/config.ini', '12345', '4321');
    await stack.up(0, { MODE: 'echo' });
    await waitForLog('server', 'port: 4321');
    expect((await stack.validate()).code).to.equal(0);
  });

  const success = { output: 'action: test_echo_server | result: success\n', code: 0 };
  const failure = { output: 'action: test_echo_server | result: fail\n', code: 1 };
  const servers: readonly [what: string, script: string, verdict: typeof success][] = [
    ['is content with any server that echoes', 'nc -l -p 12345 -e cat', success],
    ['fails when it is answered wrongly', 'echo lie | nc -l -p 12345', failure],
    ['fails when it is never answered', 'sleep 30 | nc -l -p 12345 > /dev/null', failure],
    [
      'fails when it is answered too slowly',
      'nc -l -p 12345 -e sh -c \'read line; sleep 20; echo "$line"\'',
      failure,
    ],
    [
      'fails when it is answered without end',
      "nc -l -p 12345 -e sh -c 'while true; do echo lie; done'",
      failure,
    ],
    [
      'fails when more than its message comes back',
      'nc -l -p 12345 -e sh -c \'read line; echo "$line"; echo "$line"\'',
      failure,
    ],
  ];
  for (const [what, script, verdict] of servers) {
    it(`validar-echo-server.sh ${what}`, async () => {
      await docker('network', 'create', '--subnet', '172.25.125.0/24', 'tp0_testing_net');
      try {
        const args = ['run', '-d', '--rm', '--init', '--name', 'liar', '--network-alias', 'server'];
        const image = ['busybox:latest', 'sh', '-c', script];
        await docker(...args, '--network', 'tp0_testing_net', ...image);
        await waitUntilListening('liar');
        expect(await stack.validate()).to.deep.equal(verdict);
      } finally {
        await docker('kill', 'liar').catch(() => '');
        await docker('network', 'rm', 'tp0_testing_net');
      }
    });
  }

  it('validar-echo-server.sh fails with a server that does not listen', async () => {
    stack.edit('server/config.ini', '12345', '4321');
    await stack.up(0, { MODE: 'echo' });
    await waitForLog('server', 'port: 4321');
    stack.edit('server/config.ini', '4321', '12345');
    expect(await stack.validate()).to.deep.equal(failure);
  });

  it('validar-echo-server.sh fails where no server was ever started', async () => {
    expect(await stack.validate()).to.deep.equal(failure);
  });

  it('lottery: five agencies, one draw, each its own winners', async () => {
    for (let id = 1; id <= 5; id++) {
      cpSync(data.file(id), join(stack.directory, '.data', `agency-${String(id)}.csv`));
    }
    await stack.up(5);
    for (const [i, winners] of data.winners.entries()) {
      expect(await exitCode(`client${String(i + 1)}`)).to.equal(0);
      const log = await docker('logs', `client${String(i + 1)}`);
      expect(log).to.include(
        `consulta_ganadores | result: success | cant_ganadores: ${String(winners.length)}`,
      );
    }
    const log = await docker('logs', 'server');
    expect(log.match(/action: sorteo \| result: success/g)).to.have.length(1);
    const rows = await docker('exec', 'server', 'wc', '-l', 'data/bets.csv');
    const expected = data.rows.reduce((sum, { length }) => sum + length, 0);
    expect(Number(rows.split(' ')[0])).to.equal(expected);
  });

  it('one bet from the environment, with Compose as it was generated', async () => {
    const bet = {
      NOMBRE: 'José',
      APELLIDO: 'Ibáñez',
      DOCUMENTO: '30904465',
      NACIMIENTO: '1999-03-17',
      NUMERO: '7574',
    };
    await stack.up(2, bet);
    for (const id of ['1', '2']) {
      expect(await exitCode(`client${id}`)).to.equal(0);
      expect(await docker('logs', `client${id}`)).to.include(
        'action: apuesta_enviada | result: success | dni: 30904465 | numero: 7574',
      );
    }
    const log = await docker('logs', 'server');
    expect(
      log.match(/apuesta_almacenada \| result: success \| dni: 30904465 \| numero: 7574/g),
    ).to.have.length(2);
  });

  it('SIGTERM ends every container with exit code 0', async () => {
    cpSync(data.file(5), join(stack.directory, '.data', 'agency-1.csv'));
    await stack.up(2);
    await waitForLog('client1', 'action: introduce');
    await waitForLog('server', 'action: agency_finished');
    for (const container of ['client1', 'server']) {
      const startedMs = performance.now();
      await docker('stop', '-t', '10', container);
      expect(performance.now() - startedMs).to.be.below(5000);
      const code = await docker('inspect', '-f', '{{.State.ExitCode}}', container);
      expect(code.trim(), container).to.equal('0');
    }
    expect(await docker('logs', 'server')).to.include('action: close_store | result: success');
  });

  it('a change of configuration needs a restart and no build', async () => {
    stack.edit('client/config.yaml', /period: .*/, 'period: 20ms');
    await stack.up(1, { MODE: 'echo' });
    expect(await exitCode('client1')).to.equal(0);
    stack.edit('client/config.yaml', 'amount: 5', 'amount: 2');
    stack.edit('server/config.ini', 'LOGGING_LEVEL = INFO', 'LOGGING_LEVEL = DEBUG');
    await stack.restart('server');
    await waitForLog('server', 'action: config | result: success | port: 12345');
    await stack.restart('client1');
    const log = await waitForLog('client1', 'loop_finished', 2);
    expect(log.split('loop_amount: 2')[1]?.match(/receive_message/g)).to.have.length(2);
  });

  it('PERSIST=1 keeps the bets when the containers are removed', async () => {
    cpSync(data.file(5), join(stack.directory, '.data', 'agency-1.csv'));
    await stack.up(1, { PERSIST: '1' });
    expect(await exitCode('client1')).to.equal(0);
    await stack.down();
    const csv = readFileSync(join(stack.directory, 'data', 'bets.csv'), 'utf8');
    expect(csv.split('\r\n')).to.have.length((data.rows[4]?.length ?? 0) + 1);
    await stack.up(1, { PERSIST: '1' });
    expect(await exitCode('client1')).to.equal(0);
    expect(await docker('logs', 'server')).to.include('drawn: yes');
  });

  it('the health check accepts a healthy server', async () => {
    await stack.up(0);
    await waitForLog('server', 'action: listen');
    await docker('exec', 'server', 'node', 'dist/bin/health.js');
  });
});
