/** What the central does when the files of the draw are not what they should be. */
import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';

/** A file of bets; those at `wins` are on 7574. */
function betsFile(count: number, wins: readonly number[], first = 0): string {
  const path = join(temporaryDirectory(), 'agency.csv');
  const rows = Array.from({ length: count }, (_, i) => {
    const number = wins.includes(i) ? 7574 : 1;
    return `Ana,Paz,${String(10_000_000 + first + i)},2000-01-01,${String(number)}\r\n`;
  });
  writeFileSync(path, rows.join(''));
  return path;
}

function agency(port: number, id: number, file: string): Program {
  return startClient(port, id, { CLI_DATA: file, CLI_LOG_LEVEL: 'DEBUG' });
}

/** The first of two agencies has loaded and waits; the journal's own copy of its rows does not matter. */
async function halfLoaded(): Promise<{ server: Server; first: Program }> {
  const server = await startServer({ AGENCIES: '2' });
  const first = agency(server.port, 1, betsFile(400, [7, 300]));
  await server.program.waitFor('action: agency_finished');
  return { server, first };
}

/** The draw that is due now must not take place. */
async function expectNoDraw({ program, port, dataDirectory }: Server, said: RegExp): Promise<void> {
  const second = agency(port, 2, betsFile(50, [3], 5_000));
  expect((await program.exited).code, program.output).to.equal(1);
  expect(program.output).to.include('STORE_DAMAGED').and.match(said);
  expect(program.output).to.include('Keep a copy of the directory');
  expect(program.matching('action: sorteo')).to.deep.equal([]);
  for (const name of ['winners.csv', 'acta.json']) {
    expect(existsSync(join(dataDirectory, name)), name).to.equal(false);
  }
  second.signal('SIGKILL');
  await second.exited;
  expect(second.matching('consulta_ganadores')).to.deep.equal([]);
}

describe('a draw over damaged bets', () => {
  afterEach(cleanUp);

  const csvOf = ({ dataDirectory }: Server): string => join(dataDirectory, 'bets.csv');

  function overwrite(path: string, at: number, bytes: Buffer): void {
    const fd = openSync(path, 'r+');
    writeSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
  }

  it('does not take place when bets.csv was truncated', async () => {
    const { server, first } = await halfLoaded();
    truncateSync(csvOf(server), 0);
    await expectNoDraw(server, /bets\.csv: offset \d+: /);
    expect(first.matching('consulta_ganadores | result: success')).to.deep.equal([]);
  });

  it('does not take place when one number was edited in place', async () => {
    const { server, first } = await halfLoaded();
    const csv = readFileSync(csvOf(server), 'latin1');
    overwrite(csvOf(server), csv.indexOf(',7574\r\n') + 1, Buffer.from('7575'));
    await expectNoDraw(
      server,
      /bets\.csv: offset 0: a bet of agency 1 is not as it was accepted; its rows lie/,
    );
    expect(first.matching('consulta_ganadores | result: success')).to.deep.equal([]);
  });

  it('does not take place when rows were zeroed, and says where', async () => {
    const { server } = await halfLoaded();
    const start = readFileSync(csvOf(server), 'latin1').indexOf('\r\n', 4_000) + 2;
    overwrite(csvOf(server), start, Buffer.alloc(4096));
    await expectNoDraw(server, new RegExp(`bets\\.csv: offset ${String(start)}: a row that was`));
  });

  it('does not take place when bets were damaged at rest, before the central was started', async () => {
    const { server } = await halfLoaded();
    const { program, dataDirectory } = server;
    program.signal('SIGTERM');
    await program.exited;
    // A start whose journal no longer holds the rows does not read them again.
    for (let i = 0; i < 2; i++) {
      const between = await startServer({ AGENCIES: '2' }, dataDirectory);
      between.program.signal('SIGTERM');
      await between.program.exited;
    }
    const csv = readFileSync(csvOf(server), 'latin1');
    overwrite(csvOf(server), csv.indexOf(',7574\r\n') + 1, Buffer.from('7573'));
    const again = await startServer({ AGENCIES: '2' }, dataDirectory);
    await expectNoDraw(again, /a bet of agency 1 is not as it was accepted/);
  });

  it('sends nobody anything wrong when bets.csv was replaced by another file', async () => {
    const { server, first } = await halfLoaded();
    const path = csvOf(server);
    copyFileSync(path, `${path}.other`);
    renameSync(`${path}.other`, path);
    const second = agency(server.port, 2, betsFile(50, [3], 5_000));
    const ended = await Promise.race([
      Promise.all([first.exited, second.exited]).then(() => 'drawn'),
      server.program.exited.then(() => 'stopped'),
    ]);
    if (ended === 'drawn') {
      expect(first.lines.at(-1)).to.include('cant_ganadores: 2');
      expect(second.lines.at(-1)).to.include('cant_ganadores: 1');
    } else {
      expect(server.program.output).to.match(/STORE_(IO|DAMAGED)/);
      for (const program of [first, second]) {
        expect(program.matching('consulta_ganadores | result: success')).to.deep.equal([]);
      }
    }
  });
});

describe('winners that are damaged after the draw', () => {
  afterEach(cleanUp);

  /** Two agencies with a winner or two each have been drawn, and the central was stopped. */
  async function drawn(): Promise<{ dataDirectory: string; winners: string; files: string[] }> {
    const { program, port, dataDirectory } = await startServer({ AGENCIES: '2' });
    const files = [betsFile(400, [7, 300]), betsFile(50, [3], 5_000)];
    const clients = files.map((file, i) => agency(port, i + 1, file));
    for (const client of clients) expect((await client.exited).code).to.equal(0);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    await program.exited;
    const winners = readFileSync(join(dataDirectory, 'winners.csv'), 'latin1');
    expect(winners).to.equal('1,10000007\r\n1,10000300\r\n2,10005003\r\n');
    return { dataDirectory, winners, files };
  }

  for (const [what, damage] of [
    [
      'two rows were exchanged',
      (text) => text.replace('1,10000300\r\n2,10005003', '1,10005003\r\n2,10000300'),
    ],
    ['it was emptied', () => ''],
    ['it was cut', (text) => text.slice(0, -5)],
    ['it holds something else', () => '{}'],
    ['it is gone', null],
  ] as readonly (readonly [string, ((text: string) => string) | null])[]) {
    it(`makes winners.csv anew when ${what}`, async () => {
      const { dataDirectory, winners, files } = await drawn();
      const path = join(dataDirectory, 'winners.csv');
      if (damage === null) rmSync(path);
      else writeFileSync(path, damage(winners), 'latin1');
      const { port, program } = await startServer({ AGENCIES: '2' }, dataDirectory);
      expect(program.matching('action: winners_file | result: in_progress')).to.have.length(1);
      expect(readFileSync(path, 'latin1')).to.equal(winners);
      const clients = files.map((file, i) => agency(port, i + 1, file));
      for (const client of clients) expect((await client.exited).code).to.equal(0);
      expect(clients[0]?.matching('action: winners')[0]).to.match(/documents: 10000007 10000300$/);
      expect(clients[1]?.matching('action: winners')[0]).to.match(/documents: 10005003$/);
      program.signal('SIGTERM');
      await program.exited;
      expect((await loteria(['verify', dataDirectory]).exited).code).to.equal(0);
    });
  }

  it('refuses to make it from bets that are not those that were drawn', async () => {
    const { dataDirectory } = await drawn();
    rmSync(join(dataDirectory, 'winners.csv'));
    for (let i = 0; i < 2; i++) {
      const between = await startServer({ AGENCIES: '2' }, dataDirectory);
      between.program.signal('SIGTERM');
      await between.program.exited;
    }
    rmSync(join(dataDirectory, 'winners.csv'));
    const csv = join(dataDirectory, 'bets.csv');
    writeFileSync(csv, readFileSync(csv, 'latin1').replace('10000007', '10000008'), 'latin1');
    const refused = loteria(['server'], {
      SERVER_PORT: '0',
      SERVER_LISTEN_BACKLOG: '64',
      LOGGING_LEVEL: 'INFO',
      DATA_DIR: dataDirectory,
      AGENCIES: '2',
    });
    expect((await refused.exited).code, refused.output).to.equal(1);
    expect(refused.output)
      .to.include('STORE_DAMAGED', refused.output)
      .and.include('a bet of agency 1');
    expect(existsSync(join(dataDirectory, 'winners.csv'))).to.equal(false);
  });

  it('stops before it answers from a file that was changed while it serves', async () => {
    const { dataDirectory, files } = await drawn();
    const { port, program } = await startServer({ AGENCIES: '2' }, dataDirectory);
    const path = join(dataDirectory, 'winners.csv');
    const fd = openSync(path, 'r+');
    writeSync(fd, '2,10005003\r\n', 0, 'latin1');
    closeSync(fd);
    const client = agency(port, 1, files[0] ?? '');
    expect((await program.exited).code, program.output).to.equal(1);
    expect(program.output).to.match(/STORE_(DAMAGED|IO)/);
    client.signal('SIGKILL');
    await client.exited;
    expect(client.output).not.to.include('10005003');
  });
});
