import { expect } from 'chai';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { finishAgencies } from '../support/finished-agencies';
import {
  cleanUp,
  loteria,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';

/** A server that is not expected to come up, on a directory. */
function tryServer(directory: string, env: Readonly<Record<string, string>>): Program {
  const base = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO' };
  return loteria(['server'], { ...base, DATA_DIR: directory, ...env });
}

/** Checks that a start is refused, and what it says. */
async function expectRefused(
  directory: string,
  env: Readonly<Record<string, string>>,
  ...said: readonly string[]
): Promise<void> {
  const program = tryServer(directory, env);
  // A central that starts would go on for ever.
  const { code } = await Promise.race([
    program.exited,
    program.waitFor('action: listen | result: success').then(() => ({ code: 'it started' })),
  ]);
  expect(code, program.output).to.equal(1);
  for (const text of ['CONFIG_INVALID', ...said]) expect(program.output).to.include(text);
}

async function kill({ program }: Server): Promise<void> {
  program.signal('SIGKILL');
  await program.exited;
}

async function run(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const program = loteria(args);
  return { code: (await program.exited).code, output: program.output };
}

/** A directory in which three of five agencies have finished. */
async function threeOfFive(): Promise<string> {
  const server = await startServer({ AGENCIES: '5' });
  await finishAgencies(server.port, [1, 2, 3]);
  await kill(server);
  return server.dataDirectory;
}

function actaOf(directory: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(directory, 'acta.json'), 'utf8')) as Record<string, unknown>;
}

describe('the terms that a directory was begun with', () => {
  afterEach(cleanUp);

  it('three of five agencies have finished: AGENCIES=3 is refused, and nothing is drawn', async () => {
    const directory = await threeOfFive();
    for (const agencies of ['3', '4', '6']) {
      await expectRefused(
        directory,
        { AGENCIES: agencies },
        'AGENCIES=5',
        `AGENCIES is ${agencies}`,
        `loteria store agencies ${directory} ${agencies}`,
      );
    }
    expect(existsSync(join(directory, 'winners.csv'))).to.equal(false);
    const { program } = await startServer({ AGENCIES: '5' }, directory);
    expect(program.matching('action: sorteo')).to.deep.equal([]);
  });

  it('are those of the last start while nothing was committed', async () => {
    const first = await startServer({ AGENCIES: '5' });
    await kill(first);
    const second = await startServer({ AGENCIES: '3' }, first.dataDirectory);
    await kill(second);
    const last = await startServer({ AGENCIES: '1' }, first.dataDirectory);
    const [agency] = await finishAgencies(last.port, [1]);
    await last.program.waitFor('action: sorteo | result: success');
    expect(agency?.problems).to.deep.equal([]);
    await kill(last);
    await expectRefused(first.dataDirectory, { AGENCIES: '5' }, 'AGENCIES=1', 'AGENCIES is 5');
    const env = { AGENCIES: '1', EDITION: '2020' };
    await expectRefused(first.dataDirectory, env, 'EDITION=lottery', 'EDITION is 2020');
  });
});

describe('loteria store agencies', () => {
  afterEach(cleanUp);

  it('changes how many agencies there are, which acta and verify name', async () => {
    const directory = await threeOfFive();
    const changed = await run('store', 'agencies', directory, '3');
    expect(changed.code, changed.output).to.equal(0);
    expect(changed.output).to.include('5').and.to.include('AGENCIES=3');
    await expectRefused(directory, { AGENCIES: '5' }, 'AGENCIES=3', 'AGENCIES is 5');
    const { program } = await startServer({ AGENCIES: '3' }, directory);
    await program.waitFor('action: acta | result: success');
    expect(program.matching('action: sorteo | result: success')).to.have.length(1);
    program.signal('SIGTERM');
    await program.exited;
    const [change] = actaOf(directory)['agencies_changes'] as Record<string, unknown>[];
    expect(change).to.include({ from: 5, to: 3 });
    const verified = await run('verify', directory);
    expect(verified.code, verified.output).to.equal(0);
    expect(verified.output).to.match(/agencies: 3, .*5 to 3/);
    const late = await run('store', 'agencies', directory, '5');
    expect(late.code).to.equal(1);
    expect(late.output).to.include('CONFIG_INVALID').and.to.include('the draw was made');
  });

  it('is not forgotten with the journal file that holds it', async () => {
    const directory = await threeOfFive();
    expect((await run('store', 'agencies', directory, '7')).code).to.equal(0);
    const generation = (name: string): bigint =>
      readFileSync(join(directory, name)).readBigUInt64BE(8);
    const newest = generation('journal.a') > generation('journal.b') ? 'journal.a' : 'journal.b';
    truncateSync(join(directory, newest), 0);
    const verified = await run('verify', directory);
    expect(verified.code, verified.output).to.equal(1);
    expect(verified.output).to.include('STORE_DAMAGED').and.to.include(newest);
  });

  it('lets more agencies take part', async () => {
    const directory = await threeOfFive();
    expect((await run('store', 'agencies', directory, '7')).code).to.equal(0);
    const { port, program } = await startServer({ AGENCIES: '7' }, directory);
    await finishAgencies(port, [4, 5, 6]);
    expect(program.matching('action: sorteo')).to.deep.equal([]);
    await finishAgencies(port, [7]);
    await program.waitFor('action: sorteo | result: success');
  });

  it('is refused below an agency that is stored, and changes nothing', async () => {
    const directory = await threeOfFive();
    const refused = await run('store', 'agencies', directory, '2');
    expect(refused.code).to.equal(1);
    expect(refused.output).to.match(/^loteria: CONFIG_INVALID: .*agency 3.*\n$/);
    await startServer({ AGENCIES: '5' }, directory);
  });

  it('is refused while a central runs, and where there is no store', async () => {
    const server = await startServer({ AGENCIES: '5' });
    const busy = await run('store', 'agencies', server.dataDirectory, '3');
    expect(busy.code).to.equal(1);
    expect(busy.output).to.include('STORE_LOCKED');
    const empty = temporaryDirectory();
    for (const directory of [empty, join(empty, 'none')]) {
      const none = await run('store', 'agencies', directory, '3');
      expect(none.code, none.output).to.equal(1);
      expect(none.output).to.match(/^loteria: DATA_UNREADABLE: /);
    }
    expect(existsSync(join(empty, 'none'))).to.equal(false);
    expect(existsSync(join(empty, 'journal.a'))).to.equal(false);
  });

  for (const number of ['x', '-1', '65536', '']) {
    it(`does not take "${number}" for a number of agencies`, async () => {
      const { code } = await run('store', 'agencies', temporaryDirectory(), number);
      expect(code).to.equal(2);
    });
  }
});
