import { expect } from 'chai';
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, loteria, startClient, startServer, temporaryDirectory } from '../support/program';

/** The digest of no bets. */
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('loteria verify', () => {
  afterEach(cleanUp);

  async function verify(
    directory: string,
    ...options: readonly string[]
  ): Promise<{ code: number | null; output: string }> {
    const program = loteria(['verify', directory, ...options]);
    return { code: (await program.exited).code, output: program.output };
  }

  it('accounts for every bet of a draw, and finds the one that was changed behind it', async () => {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '2' });
    const clients = [1, 2].map((agency) => {
      const file = join(temporaryDirectory(), 'bets.csv');
      const rows = Array.from(
        { length: 50 * agency },
        (_, i) => `Ana,Paz,${String(i)},2000-01-01,`,
      );
      writeFileSync(file, rows.map((row, i) => `${row}${i === 7 ? '7574' : '1'}\r\n`).join(''));
      return startClient(port, agency, { CLI_DATA: file });
    });
    for (const client of clients) expect((await client.exited).code).to.equal(0);
    const line = await program.waitFor('action: acta | result: success');
    const [digest = ''] = /[0-9a-f]{64}$/.exec(line) ?? [];

    const busy = await verify(dataDirectory);
    expect(busy.code).to.equal(1);
    expect(busy.output).to.include('STORE_LOCKED');
    program.signal('SIGTERM');
    await program.exited;

    const good = await verify(dataDirectory, '--digest', digest);
    expect(good.code, good.output).to.equal(0);
    expect(good.output).to.match(/│ +1 │ +50 │ yes +│ +1 │/);
    expect(good.output).to.match(/│ +2 │ +100 │ yes +│ +1 │/);
    expect(good.output).to.include(`150 bets in`).and.to.include(digest);
    const same = loteria(['store', 'verify', dataDirectory, '--digest', digest]);
    expect((await same.exited).code).to.equal(0);
    expect(same.output).to.equal(good.output);

    const csv = join(dataDirectory, 'bets.csv');
    writeFileSync(csv, readFileSync(csv, 'utf8').replace('Ana,Paz,9,', 'Eva,Paz,9,'));
    const bad = await verify(dataDirectory);
    expect(bad.code).to.equal(1);
    expect(bad.output).to.match(/^loteria: STORE_DAMAGED: .*bets\.csv: offset \d+: [^\n]*\n$/);
  });

  it('takes a published value only as 64 hexadecimal digits, and says when it is another one', async () => {
    const env = { AGENCIES: '1', WINNING_NUMBER: 'random' };
    const { program, dataDirectory } = await startServer(env);
    const line = await program.waitFor('action: commitment | result: success');
    const [commitment = ''] = /[0-9a-f]{64}/.exec(line) ?? [];
    program.signal('SIGTERM');
    await program.exited;
    const values = { '--commitment': commitment, '--digest': SHA256_OF_NOTHING };
    for (const [option, value] of Object.entries(values)) {
      const good = await verify(dataDirectory, option, ` ${value.toUpperCase()}\n`);
      expect(good.code, good.output).to.equal(0);
      for (const typo of ['', 'xyz', `${value}0`, value.slice(1), `${value.slice(1)}g`]) {
        const { code, output } = await verify(dataDirectory, option, typo);
        expect(code, output).to.equal(2);
        expect(output).to.include(option).and.include('64 hexadecimal digits');
        expect(output).not.to.include('STORE_DAMAGED');
      }
      const other = await verify(dataDirectory, option, '0'.repeat(64));
      expect(other.code).to.equal(1);
      expect(other.output).to.match(/^loteria: STORE_DAMAGED: [^\n]*\n$/);
      expect(other.output)
        .to.include(value)
        .and.include(`not the published value ${'0'.repeat(64)}`);
      expect(other.output).not.to.include('restore').and.not.to.include('DATA_DIR');
    }
  }).timeout(60_000);

  it('writes the acta at the next start when the first did not come to it', async () => {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(file, 'Ana,Paz,1,2000-01-01,7574\r\n');
    expect((await startClient(port, 1, { CLI_DATA: file }).exited).code).to.equal(0);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGKILL');
    await program.exited;
    const before = readFileSync(join(dataDirectory, 'acta.json'), 'utf8');
    renameSync(join(dataDirectory, 'acta.json'), join(dataDirectory, 'acta.json.new'));
    const again = await startServer({ AGENCIES: '1' }, dataDirectory);
    await again.program.waitFor('action: acta | result: success');
    again.program.signal('SIGTERM');
    await again.program.exited;
    expect(readFileSync(join(dataDirectory, 'acta.json'), 'utf8')).to.equal(before);
  });

  it('finds everything after a central that was stopped right after the draw', async () => {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bets.csv');
    const row = (i: number): string =>
      `Ana,Paz,${String(i)},2000-01-01,${i === 7 ? '7574' : '1'}\r\n`;
    writeFileSync(file, Array.from({ length: 60_000 }, (_, i) => row(i)).join(''));
    program.onLine((line) => {
      if (line.includes('action: sorteo | result: success')) program.signal('SIGTERM');
    });
    const client = startClient(port, 1, { CLI_DATA: file });
    expect((await program.exited).code, program.output).to.equal(0);
    client.signal('SIGTERM');
    expect(program.matching('action: acta | result: success')).to.have.lengthOf(1);
    const { code, output } = await verify(dataDirectory);
    expect(code, output).to.equal(0);
  });

  it('does not take a directory that no central has used for a damaged one', async () => {
    const { code, output } = await verify(temporaryDirectory());
    expect(code).to.equal(1);
    expect(output).to.match(
      /^loteria: DATA_UNREADABLE: .*: there is no journal; expected DATA_DIR of a central, which `loteria config` shows\n$/,
    );
  });

  it('gives what it cannot read a stable code', async () => {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(file, 'Ana,Paz,1,2000-01-01,7574\r\n');
    expect((await startClient(port, 1, { CLI_DATA: file }).exited).code).to.equal(0);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    await program.exited;
    const winners = join(dataDirectory, 'winners.csv');
    rmSync(winners);
    mkdirSync(winners);
    const unreadable = await verify(dataDirectory);
    expect(unreadable.code, unreadable.output).to.equal(1);
    expect(unreadable.output).to.match(/^loteria: STORE_IO: .*EISDIR[^\n]*\n$/);
    rmSync(winners, { recursive: true });
    truncateSync(join(dataDirectory, 'journal.b'), 5 * 2 ** 30);
    const large = await verify(dataDirectory);
    expect(large.code, large.output).to.equal(1);
    expect(large.output).to.match(/^loteria: STORE_IO: [^\n]*\n$/);
  });
});
