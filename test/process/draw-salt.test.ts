import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../src/base/limits';
import { boardPortOf, statusOf } from '../support/board-client';
import { numberOf } from '../support/drawn-number';
import { neighboursExchanged } from '../support/exchanged-rows';
import { closed, commitTo, openFileEngine } from '../support/file-engine';
import { finishAgencies, rowsOf } from '../support/finished-agencies';
import {
  cleanUp,
  LOTERIA,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Server,
} from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { BEACON, bets, finished, Ledger, terms } from '../support/store-ledger';

const SOURCE = 'drand quicknet, round 1234567';
const VALUE = '5bb8f0c6a2f5d2e0c1a7';
const ENV = { AGENCIES: '2', WINNING_NUMBER: 'random', DRAW_SALT_SOURCE: SOURCE };
const WAITING = 'action: draw_salt | result: in_progress';

interface Run {
  readonly code: number | null;
  readonly output: string;
}

async function run(...args: readonly string[]): Promise<Run> {
  const program = loteria(args);
  return { code: (await program.exited).code, output: program.output };
}

const store = (directory: string, value: string): Promise<Run> =>
  run('store', 'salt', directory, value);

async function kill({ program }: Server): Promise<void> {
  program.signal('SIGKILL');
  await program.exited;
}

function jsonOf(directory: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as Record<string, unknown>;
}

async function refusalOf(
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return startServer(env, directory).then(
    () => 'it started',
    (refusal: unknown) => String(refusal),
  );
}

/** A directory in which both agencies have finished, and the central was killed while it waited. */
async function finishedDirectory(): Promise<string> {
  const server = await startServer(ENV);
  await finishAgencies(server.port, [1, 2]);
  await server.program.waitFor(WAITING);
  await kill(server);
  return server.dataDirectory;
}

describe('DRAW_SALT_SOURCE', () => {
  afterEach(cleanUp);

  it('lets the draw wait for its value, over kills, and the number follow from it', async () => {
    const first = await startServer(ENV);
    const directory = first.dataDirectory;
    const said = await first.program.waitFor('action: commitment | result: success');
    expect(said).to.match(new RegExp(`sha256: [0-9a-f]{64} \\| salt_source: ${SOURCE}$`));
    const [commitment = ''] = /[0-9a-f]{64}/.exec(said) ?? [];
    const published = { commitment, salt: null, salt_source: SOURCE };
    expect(jsonOf(directory, 'commitment.json')).to.deep.equal(published);
    await finishAgencies(first.port, [1], 200);
    expect(first.program.matching('action: draw_salt')).to.deep.equal([]);
    await kill(first);

    const early = await store(directory, VALUE);
    expect(early.code).to.equal(1);
    expect(early.output).to.match(/^loteria: CONFIG_INVALID: .*agency 2 has not finished/);

    const second = await startServer(ENV, directory);
    const agency = new RawAgency(2, { rows: rowsOf(2, 300), window: 8, batchBets: 20 });
    const cutOff = agency.run(second.port);
    const waiting = await second.program.waitFor(WAITING);
    expect(waiting).to.include(`source: ${SOURCE}`);
    const [digest = ''] = /digest: ([0-9a-f]{64})/.exec(waiting)?.slice(1) ?? [];
    const busy = await store(directory, VALUE);
    expect(busy.code).to.equal(1);
    expect(busy.output).to.include('STORE_LOCKED');
    await kill(second);
    await cutOff;
    expect(agency.problems).to.deep.equal([]);
    expect(agency.winners).to.equal(null);

    // Without the value, a start waits again, with the same bets.
    const third = await startServer(ENV, directory);
    expect(await third.program.waitFor(WAITING)).to.include(digest);
    expect(third.program.matching('action: sorteo')).to.deep.equal([]);
    await kill(third);
    const open = await run('verify', directory, '--commitment', commitment, '--digest', digest);
    expect(open.code, open.output).to.equal(0);
    expect(open.output).to.include(`salt: awaited, from ${SOURCE}`).and.not.include('seed:');

    const recorded = await store(directory, VALUE);
    expect(recorded.code, recorded.output).to.equal(0);
    const last = await startServer(ENV, directory);
    expect(await last.program.waitFor('action: draw_salt | result: success')).to.include(
      `source: ${SOURCE} | value: ${VALUE}`,
    );
    await agency.run(last.port);
    expect(agency.problems).to.deep.equal([]);
    await last.program.waitFor('action: acta | result: success');
    last.program.signal('SIGTERM');
    await last.program.exited;

    const acta = jsonOf(directory, 'acta.json');
    const random = acta['random'] as Record<string, string>;
    expect(random).to.include({ commitment, salt: VALUE, salt_source: SOURCE });
    expect(Date.parse(random['salt_time'] ?? '')).to.be.lessThan(Date.now());
    const csv = readFileSync(join(directory, 'bets.csv'));
    const number = numberOf(csv, Buffer.from(random['seed'] ?? '', 'hex'), VALUE);
    expect(acta).to.include({ winning_number: number, digest });
    const wins = rowsOf(2, 300).filter((row) => row.toString().endsWith(`,${String(number)}\r\n`));
    expect(agency.winners).to.have.length(wins.length);
    const verified = await run('verify', directory, '--commitment', commitment);
    expect(verified.code, verified.output).to.equal(0);
    expect(verified.output).to.include(`salt: ${VALUE}, from ${SOURCE}, recorded at `);
  });

  it('says on the board what the draw waits for, and how to record it', async () => {
    const early = await startServer({ ...ENV, BOARD_PORT: '0' });
    const loading = await statusOf(await boardPortOf(early.program));
    expect(loading.state).to.include({ phase: 'loading', salt: null });
    await kill(early);
    const directory = await finishedDirectory();
    const waiting = await startServer({ ...ENV, BOARD_PORT: '0' }, directory);
    await waiting.program.waitFor(WAITING);
    const port = await boardPortOf(waiting.program);
    const { state } = await statusOf(port);
    expect(state.phase).to.equal('salt');
    expect(state.salt).to.deep.equal({
      source: SOURCE,
      recordCommand: `${LOTERIA} store salt ${directory} VALUE`,
    });
    const shown = await run('status', String(port));
    expect(shown.output.split('\n')).to.include.members([
      `the draw waits for the value of: ${SOURCE}`,
      `stop the central, record the value, start it again: ${LOTERIA} store salt ${directory} VALUE`,
    ]);
    await kill(waiting);

    expect((await store(directory, VALUE)).code).to.equal(0);
    const last = await startServer({ ...ENV, BOARD_PORT: '0' }, directory);
    await last.program.waitFor('action: acta | result: success');
    const drawn = await statusOf(await boardPortOf(last.program));
    expect(drawn.state).to.include({ phase: 'drawn', salt: null });
  });

  it('is not drawn over bets whose digest is not the published one, at any start', async () => {
    const first = await startServer(ENV);
    const directory = first.dataDirectory;
    await finishAgencies(first.port, [1, 2], 20);
    const waiting = await first.program.waitFor(WAITING);
    const [published = ''] = /digest: ([0-9a-f]{64})/.exec(waiting)?.slice(1) ?? [];
    await kill(first);
    // The journal still holds the rows for one start, and compares them.
    const between = await startServer(ENV, directory);
    expect(await between.program.waitFor(WAITING)).to.include(published);
    await kill(between);

    const csv = join(directory, 'bets.csv');
    const stored = readFileSync(csv);
    writeFileSync(csv, neighboursExchanged(stored));
    const expectRefused = async (): Promise<void> => {
      const { program } = await startServer(ENV, directory);
      expect((await program.exited).code, program.output).to.equal(1);
      expect(program.output).to.include('code: STORE_DAMAGED').and.include('bets.csv');
      expect(program.output).to.match(new RegExp(`bets is [0-9a-f]{64}, but ${published} `));
      for (const action of ['draw_salt | result: in_progress', 'sorteo', 'acta']) {
        expect(program.matching(`action: ${action}`)).to.deep.equal([]);
      }
    };
    await expectRefused();
    await expectRefused();
    const open = await run('verify', directory);
    expect(open.code).to.equal(1);
    expect(open.output).to.include('STORE_DAMAGED').and.include(published);
    const recorded = await store(directory, VALUE);
    expect(recorded.code, recorded.output).to.equal(0);
    await expectRefused();

    writeFileSync(csv, stored);
    const last = await startServer(ENV, directory);
    await last.program.waitFor('action: acta | result: success');
    expect(jsonOf(directory, 'acta.json')).to.include({ digest: published });
  }).timeout(60_000);

  it('takes one value, once, and nobody joins behind it', async () => {
    const directory = await finishedDirectory();
    expect((await store(directory, VALUE)).code).to.equal(0);
    const again = await store(directory, VALUE);
    expect(again.code, again.output).to.equal(0);
    const other = await store(directory, `${VALUE}0`);
    expect(other.code).to.equal(1);
    expect(other.output).to.include('CONFIG_INVALID').and.include(VALUE);
    for (const agencies of ['3', '1']) {
      const joined = await run('store', 'agencies', directory, agencies);
      expect(joined.code, joined.output).to.equal(1);
      expect(joined.output).to.include('CONFIG_INVALID');
    }
    const { program } = await startServer(ENV, directory);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    await program.exited;
    const random = jsonOf(directory, 'acta.json')['random'] as Record<string, string>;
    expect(random['salt']).to.equal(VALUE);
    const late = await store(directory, 'another');
    expect(late.code).to.equal(1);
    expect(late.output).to.include('CONFIG_INVALID');
  });

  it('lets nobody join behind the published digest', async () => {
    const directory = await finishedDirectory();
    const joined = await run('store', 'agencies', directory, '3');
    expect(joined.code, joined.output).to.equal(1);
    expect(joined.output).to.include('CONFIG_INVALID').and.include('digest');
  });

  it('agencies wait for it, also while the central is stopped to record it', async () => {
    const first = await startServer(ENV);
    const directory = first.dataDirectory;
    const agencies = [1, 2].map((agency) => {
      const file = join(temporaryDirectory(), 'bets.csv');
      writeFileSync(file, `Ana,Paz,${String(agency)},2000-01-01,5\r\n`);
      return startClient(first.port, agency, { CLI_DATA: file });
    });
    await first.program.waitFor(WAITING);
    first.program.signal('SIGTERM');
    expect((await first.program.exited).code, first.program.output).to.equal(0);
    expect((await store(directory, VALUE)).code).to.equal(0);
    const { program } = await startServer({ ...ENV, SERVER_PORT: String(first.port) }, directory);
    for (const agency of agencies) {
      expect((await agency.exited).code, agency.output).to.equal(0);
      expect(agency.matching('action: consulta_ganadores | result: success')).to.have.length(1);
    }
    expect(program.matching('action: sorteo | result: success')).to.have.length(1);
  });

  it('is kept: another source, or none, is refused', async () => {
    const { program, dataDirectory } = await startServer(ENV);
    program.signal('SIGKILL');
    await program.exited;
    const { DRAW_SALT_SOURCE: source, ...none } = ENV;
    for (const env of [none, { ...ENV, DRAW_SALT_SOURCE: 'x' }, { ...none, DRAW_SALT: 'x' }]) {
      const refusal = await refusalOf(dataDirectory, env);
      expect(refusal).to.include('CONFIG_INVALID').and.include(`DRAW_SALT_SOURCE="${source}"`);
    }
  });

  for (const [env, said] of [
    [{ DRAW_SALT_SOURCE: 'x' }, 'WINNING_NUMBER is not random'],
    [{ WINNING_NUMBER: '5', DRAW_SALT_SOURCE: 'x' }, 'WINNING_NUMBER is not random'],
    [{ WINNING_NUMBER: 'random', DRAW_SALT: 'x', DRAW_SALT_SOURCE: 'y' }, 'DRAW_SALT and'],
    [{ WINNING_NUMBER: 'random', DRAW_SALT_SOURCE: 'a | b' }, 'printable ASCII'],
    [{ WINNING_NUMBER: 'random', DRAW_SALT_SOURCE: 'ñ' }, 'printable ASCII'],
    [{ EDITION: '2020', DRAW_SALT_SOURCE: 'x' }, 'no draw'],
  ] as const) {
    it(`is refused as ${JSON.stringify(env)}`, async () => {
      const directory = temporaryDirectory();
      const refusal = await refusalOf(directory, { AGENCIES: '2', ...env });
      expect(refusal).to.include('CONFIG_INVALID').and.include(said);
      expect(existsSync(join(directory, 'journal.a'))).to.equal(false);
    });
  }
});

describe('loteria store salt', () => {
  afterEach(cleanUp);

  it('is refused where no value is awaited', async () => {
    for (const terms of [{}, { WINNING_NUMBER: 'random', DRAW_SALT: 'x' }]) {
      const server = await startServer({ AGENCIES: '1', ...terms });
      await finishAgencies(server.port, [1]);
      await kill(server);
      const refused = await store(server.dataDirectory, VALUE);
      expect(refused.code).to.equal(1);
      expect(refused.output).to.include('CONFIG_INVALID').and.include('DRAW_SALT_SOURCE');
    }
    const none = await store(temporaryDirectory(), VALUE);
    expect(none.output).to.include('DATA_UNREADABLE');
  });

  it('is refused before the digest of all bets is published', async () => {
    const directory = temporaryDirectory();
    const engine = openFileEngine(directory, { segmentBytes: LIMITS.journalSegmentBytes });
    const wishes = [terms(1, BEACON), bets(1, 3), finished(1)];
    await commitTo(engine, Ledger.empty.entries(wishes));
    await closed(engine);
    const refused = await store(directory, VALUE);
    expect(refused.code, refused.output).to.equal(1);
    expect(refused.output).to.include('CONFIG_INVALID').and.include('digest of all bets');
    const env = { ...ENV, AGENCIES: '1', DRAW_SALT_SOURCE: 'drand quicknet, round 1234567' };
    const server = await startServer(env, directory);
    await server.program.waitFor(WAITING);
    await kill(server);
    expect((await store(directory, VALUE)).code).to.equal(0);
  });

  for (const value of ['', ' x', 'x ', 'a|b', 'ñ', 'x'.repeat(257)]) {
    it(`does not take ${JSON.stringify(value)}`, async () => {
      const { code, output } = await store(temporaryDirectory(), value);
      expect(code, output).to.equal(2);
    });
  }
});
