/** A directory or a FIFO where the central has a file: the error says what to do, and doing it is enough. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishAgencies } from '../support/finished-agencies';
import { cleanUp, loteria, startServer, temporaryDirectory } from '../support/program';

const SETTINGS = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };

describe('a directory in the place of a file of DATA_DIR', () => {
  afterEach(cleanUp);

  for (const name of ['winners.csv', 'winners.csv.new', 'winners.csv.spool', 'acta.pending']) {
    it(`ends the draw when it is ${name}, and the next start draws`, async () => {
      const { program, port, dataDirectory } = await startServer({ AGENCIES: '1' });
      const path = join(dataDirectory, name);
      mkdirSync(path);
      writeFileSync(join(path, 'x'), '');
      await finishAgencies(port, [1]);
      expect((await program.exited).code, program.output).to.equal(1);
      const [error = ''] = program.matching('ERROR ');
      expect(error).to.include('code: STORE_IO').and.include(path);
      expect(error).to.include('move it away and start again');
      expect(existsSync(join(path, 'x'))).to.equal(true);
      expect(program.matching('action: sorteo')).to.deep.equal([]);
      rmSync(path, { recursive: true });
      const again = await startServer({ AGENCIES: '1' }, dataDirectory);
      await again.program.waitFor('action: acta | result: success');
    });
  }

  for (const name of ['lock', 'journal.a', 'bets.csv', 'acta.json', 'commitment.json']) {
    it(`is refused at the start when it is ${name}, and nothing is changed`, async () => {
      const directory = temporaryDirectory();
      mkdirSync(join(directory, name));
      const program = loteria(['server'], { ...SETTINGS, DATA_DIR: directory });
      expect((await program.exited).code, program.output).to.equal(1);
      const [error = ''] = program.matching('ERROR ');
      expect(error).to.include('code: STORE_IO').and.include(name);
      expect(error).to.include('move it away and start again');
      expect(readdirSync(directory)).to.include(name);
      expect(readdirSync(directory).filter((left) => left.startsWith('lock.'))).to.deep.equal([]);
    });
  }
});

describe('a FIFO in the place of a file of DATA_DIR', () => {
  afterEach(cleanUp);

  /** Runs a program until its end: one that waits for a writer has none. */
  async function expectRefused(path: string, ...args: Parameters<typeof loteria>): Promise<void> {
    const program = loteria(...args);
    expect((await program.exited).code, program.output).to.equal(1);
    expect(program.output).to.include(`STORE_IO`).and.include(`${path}: not a regular file`);
    expect(program.output).to.include('move it away and start again');
  }

  it('is refused by verify and by a start, whichever file it is', async function () {
    // Programs are started twice for each of the files.
    this.timeout(60_000);
    const drawn = await startServer({ AGENCIES: '1', WINNING_NUMBER: 'random' });
    await finishAgencies(drawn.port, [1]);
    await drawn.program.waitFor('action: acta | result: success');
    drawn.program.signal('SIGTERM');
    await drawn.program.exited;
    const names = readdirSync(drawn.dataDirectory);
    expect(names).to.include.members(['acta.json', 'commitment.json', 'winners.csv', 'bets.csv']);
    for (const name of names) {
      const directory = join(temporaryDirectory(), 'copy');
      cpSync(drawn.dataDirectory, directory, { recursive: true });
      const path = join(directory, name);
      rmSync(path);
      execFileSync('mkfifo', [path]);
      await expectRefused(path, ['verify', directory]);
      const env = { ...SETTINGS, AGENCIES: '1', WINNING_NUMBER: 'random', DATA_DIR: directory };
      await expectRefused(path, ['server'], env);
    }
  });

  it('is refused by verify where it is the file of winners of the 2020 edition', async () => {
    const { program, dataDirectory } = await startServer({ EDITION: '2020' });
    program.signal('SIGTERM');
    await program.exited;
    const path = join(dataDirectory, 'winners');
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await expectRefused(path, ['verify', dataDirectory]);
  });
});
