import { expect } from 'chai';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, loteria, startClient, startServer, temporaryDirectory } from '../support/program';

const SETTINGS = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };

describe('DATA_DIR', () => {
  afterEach(cleanUp);

  it('that cannot be made ends the central with a clear error', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    for (const directory of ['/proc/x/y', '/proc/x', join(file, 'a'), file]) {
      const program = loteria(['server'], { ...SETTINGS, DATA_DIR: directory });
      expect((await program.exited).code, program.output).to.equal(1);
      const errors = program.matching('ERROR ');
      expect(errors, program.output).to.have.lengthOf(1);
      expect(errors[0]).to.include(`action: start | result: fail | code: STORE_IO`);
      expect(errors[0]).to.include(directory);
    }
  });

  it('and all files in it are not readable by others', async () => {
    const directory = join(temporaryDirectory(), 'a', 'b');
    const before = process.umask(0);
    try {
      const { program, port } = await startServer({ AGENCIES: '1' }, directory);
      const data = join(temporaryDirectory(), 'bets.csv');
      writeFileSync(data, 'Ana,Paz,1,2000-01-01,7574\r\n');
      expect((await startClient(port, 1, { CLI_DATA: data }).exited).code).to.equal(0);
      await program.waitFor('action: acta | result: success');
    } finally {
      process.umask(before);
    }
    expect(statSync(directory).mode & 0o777).to.equal(0o750);
    const names = readdirSync(directory).filter((name) => name !== 'lock');
    expect(names).to.include.members(['bets.csv', 'winners.csv', 'acta.json', 'journal.a']);
    for (const name of names) {
      expect(statSync(join(directory, name)).mode & 0o777, name).to.equal(0o640);
    }
  });

  it('of an earlier version: others cannot read the journal once it holds a seed', async () => {
    const directory = temporaryDirectory();
    const first = await startServer({}, directory);
    first.program.signal('SIGTERM');
    await first.program.exited;
    const modes = (): number[] =>
      ['journal.a', 'journal.b'].map((name) => statSync(join(directory, name)).mode & 0o777);
    for (const name of ['journal.a', 'journal.b']) chmodSync(join(directory, name), 0o644);
    const fixed = await startServer({}, directory);
    fixed.program.signal('SIGTERM');
    await fixed.program.exited;
    expect(modes(), 'without a seed they keep their mode').to.deep.equal([0o644, 0o644]);
    await startServer({ WINNING_NUMBER: 'random' }, directory);
    expect(modes()).to.deep.equal([0o640, 0o640]);
  });

  it('whose files others can read, or that others can change, is warned of', async () => {
    const directory = temporaryDirectory();
    const quiet = await startServer({}, directory);
    expect(quiet.program.matching('WARNING')).to.deep.equal([]);
    quiet.program.signal('SIGTERM');
    await quiet.program.exited;
    chmodSync(join(directory, 'bets.csv'), 0o644);
    const closed = await startServer({}, directory);
    expect(closed.program.matching('WARNING'), 'the directory is closed').to.deep.equal([]);
    closed.program.signal('SIGTERM');
    await closed.program.exited;
    chmodSync(directory, 0o755);
    const open = await startServer({}, directory);
    const [line = ''] = open.program.matching('WARNING');
    expect(line).to.include('action: permissions | result: in_progress');
    expect(line).to.include(`${directory}/bets.csv`).and.to.include('chmod o-rwx');
    open.program.signal('SIGTERM');
    await open.program.exited;
    chmodSync(directory, 0o777);
    const writable = await startServer({}, directory);
    expect(writable.program.matching('WARNING')[0]).to.include('others can change');
    expect(statSync(directory).mode & 0o777, 'it is left as it is').to.equal(0o777);
  });
});
