import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberOf } from '../support/drawn-number';
import { finishAgencies, rowsOf } from '../support/finished-agencies';
import { cleanUp, loteria, startServer, temporaryDirectory } from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { contentsOf } from '../support/store-directory';

const BLOCK_BYTES = 4096;

async function run(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const program = loteria(args);
  return { code: (await program.exited).code, output: program.output };
}

function jsonOf(directory: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as Record<string, unknown>;
}

async function refusalOf(
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return startServer({ AGENCIES: '2', ...env }, directory).then(
    () => 'it started',
    (refusal: unknown) => String(refusal),
  );
}

describe('WINNING_NUMBER', () => {
  afterEach(cleanUp);

  it('says whose bets win, and holds for the directory', async () => {
    const env = { AGENCIES: '2', WINNING_NUMBER: '31' };
    const { program, port, dataDirectory } = await startServer(env);
    // The second of three bets is on 31.
    await finishAgencies(port, [1]);
    const other = await refusalOf(dataDirectory, { WINNING_NUMBER: '31' });
    expect(other).to.include('STORE_LOCKED');
    program.signal('SIGKILL');
    await program.exited;
    for (const number of ['7574', '30', 'random']) {
      const refusal = await refusalOf(dataDirectory, { WINNING_NUMBER: number });
      expect(refusal).to.include('CONFIG_INVALID').and.include('WINNING_NUMBER=31');
      expect(refusal).to.include(`WINNING_NUMBER=${number}`);
    }
    const again = await startServer(env, dataDirectory);
    await finishAgencies(again.port, [2]);
    await again.program.waitFor('action: acta | result: success');
    again.program.signal('SIGTERM');
    await again.program.exited;
    expect(readFileSync(join(dataDirectory, 'winners.csv'), 'latin1')).to.equal(
      '1,1001\r\n2,2001\r\n',
    );
    expect(jsonOf(dataDirectory, 'acta.json')).to.include({
      winning_number: 31,
      winning_number_origin: 'fixed',
      winners: 2,
    });
    const verified = await run('verify', dataDirectory);
    expect(verified.code, verified.output).to.equal(0);
    expect(verified.output).to.include('winning number: 31, fixed');
    const after = await refusalOf(dataDirectory, {});
    expect(after).to.include('WINNING_NUMBER=31').and.include('WINNING_NUMBER=7574');
  });

  for (const [env, said] of [
    [{ WINNING_NUMBER: '10000' }, '0 to 9999, or random'],
    [{ WINNING_NUMBER: 'any' }, '0 to 9999, or random'],
    [{ WINNING_NUMBER: '5', DRAW_SALT: 'x' }, 'DRAW_SALT'],
    [{ DRAW_SALT: 'x' }, 'DRAW_SALT'],
    [{ WINNING_NUMBER: 'random', DRAW_SALT: 'ñ' }, 'printable ASCII'],
    [{ EDITION: '2020', WINNING_NUMBER: '7574' }, 'no draw'],
    [{ EDITION: '2020', DRAW_SALT: 'x' }, 'no draw'],
  ] as const) {
    it(`is refused as ${JSON.stringify(env)}`, async () => {
      const directory = temporaryDirectory();
      const refusal = await refusalOf(directory, env);
      expect(refusal).to.include('CONFIG_INVALID').and.include(said);
      expect(existsSync(join(directory, 'journal.a'))).to.equal(false);
    });
  }
});

describe('WINNING_NUMBER=random', () => {
  afterEach(cleanUp);

  for (const salt of [null, 'block 900000 "of" a chain']) {
    it(`is promised, drawn, revealed, and recomputed ${salt === null ? 'without' : 'with'} a salt`, async () => {
      const salted = salt === null ? {} : { DRAW_SALT: salt };
      const env = { AGENCIES: '2', WINNING_NUMBER: 'random', ...salted };
      const { program, port, dataDirectory } = await startServer(env);
      const line = await program.waitFor('action: commitment | result: success | sha256: ');
      const [commitment = ''] = /[0-9a-f]{64}$/.exec(line) ?? [];
      expect(jsonOf(dataDirectory, 'commitment.json')).to.deep.equal({ commitment, salt });
      const agency = await finishAgencies(port, [1], 200);
      program.signal('SIGKILL');
      await program.exited;

      const before = await run('verify', dataDirectory, '--commitment', commitment);
      expect(before.code, before.output).to.equal(0);
      expect(before.output).to.include('not drawn yet').and.not.include('seed');

      const again = await startServer(env, dataDirectory);
      expect(await again.program.waitFor('action: commitment')).to.include(commitment);
      const rows = rowsOf(2, 300);
      const second = new RawAgency(2, { rows, window: 8, batchBets: 20 });
      await second.run(again.port);
      expect([...second.problems, ...agency.flatMap(({ problems }) => problems)]).to.deep.equal([]);
      await again.program.waitFor('action: acta | result: success');
      again.program.signal('SIGTERM');
      await again.program.exited;

      const acta = jsonOf(dataDirectory, 'acta.json');
      const random = acta['random'] as Record<string, string>;
      const seed = Buffer.from(random['seed'] ?? '', 'hex');
      expect(seed).to.have.length(32);
      expect(createHash('sha256').update(seed).digest('hex')).to.equal(commitment);
      expect(random).to.include({ commitment, salt });
      const csv = readFileSync(join(dataDirectory, 'bets.csv'));
      expect(csv.length).to.be.greaterThan(2 * BLOCK_BYTES);
      const number = numberOf(csv, seed, salt ?? '');
      expect(acta).to.include({ winning_number: number, winning_number_origin: 'random' });
      const winning = csv.toString('latin1').split('\r\n');
      const wins = winning.filter((row) => row.endsWith(`,${String(number)}`));
      expect(acta['winners']).to.equal(wins.length);
      for (const output of [program.output, again.program.output]) {
        expect(output).not.to.include(random['seed']);
      }

      const good = await run('verify', dataDirectory, '--commitment', commitment.toUpperCase());
      expect(good.code, good.output).to.equal(0);
      expect(good.output).to.include(`winning number: ${String(number)}, random`);
      const bad = await run('verify', dataDirectory, '--commitment', '0'.repeat(64));
      expect(bad.code).to.equal(1);
      expect(bad.output).to.include('STORE_DAMAGED').and.include(commitment);
    });
  }

  it('verify misses what was published of it, and a start publishes it again', async () => {
    const env = { AGENCIES: '2', WINNING_NUMBER: 'random' };
    const { program, port, dataDirectory } = await startServer(env);
    const path = join(dataDirectory, 'commitment.json');
    const published = readFileSync(path, 'utf8');
    const expectMissed = async (code: string): Promise<void> => {
      const missed = await run('verify', dataDirectory);
      expect(missed.code, missed.output).to.equal(1);
      expect(missed.output).to.include(`${code}: ${path}`).and.include('start the central');
    };
    program.signal('SIGKILL');
    await program.exited;
    rmSync(path);
    // A central that was killed before it published has had no agencies yet.
    await expectMissed('STORE_INCOMPLETE');
    const again = await startServer({ ...env, SERVER_PORT: String(port) }, dataDirectory);
    await finishAgencies(again.port, [1]);
    again.program.signal('SIGKILL');
    await again.program.exited;
    expect(readFileSync(path, 'utf8')).to.equal(published);
    rmSync(path);
    await expectMissed('STORE_DAMAGED');
  });

  it('keeps its promise: another seed, salt or number is refused, and the file comes back', async () => {
    const env = { WINNING_NUMBER: 'random', DRAW_SALT: 'one' };
    const { program, dataDirectory } = await startServer({ AGENCIES: '2', ...env });
    program.signal('SIGKILL');
    await program.exited;
    const path = join(dataDirectory, 'commitment.json');
    const published = readFileSync(path, 'utf8');
    for (const other of [{}, { WINNING_NUMBER: '5' }, { ...env, DRAW_SALT: 'two' }]) {
      expect(await refusalOf(dataDirectory, other)).to.include('CONFIG_INVALID');
    }
    writeFileSync(path, published.replace(/[0-9a-f]{64}/, '0'.repeat(64)));
    expect(await refusalOf(dataDirectory, env)).to.include('STORE_DAMAGED');
    rmSync(path);
    const again = await startServer({ AGENCIES: '2', ...env }, dataDirectory);
    expect(readFileSync(path, 'utf8')).to.equal(published);
    again.program.signal('SIGKILL');
    await again.program.exited;
    for (const name of ['journal.a', 'journal.b']) {
      expect(statSync(join(dataDirectory, name)).mode & 0o007, name).to.equal(0);
      rmSync(join(dataDirectory, name));
    }
    rmSync(join(dataDirectory, 'bets.csv'));
    const lost = await refusalOf(dataDirectory, env);
    expect(lost)
      .to.include('STORE_DAMAGED')
      .and.include('journal.a')
      .and.include(`${path} is there`);
    expect([...contentsOf(dataDirectory).keys()]).to.deep.equal(['/data/commitment.json']);
    const fixed = await startServer({ AGENCIES: '2' });
    fixed.program.signal('SIGKILL');
    await fixed.program.exited;
    writeFileSync(join(fixed.dataDirectory, 'commitment.json'), published);
    const foreign = await refusalOf(fixed.dataDirectory, { AGENCIES: '2' });
    expect(foreign).to.include('STORE_DAMAGED').and.include('holds no seed');
  });
});
