import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { datasetForSuite, rowsByAgency } from '../support/dataset';
import {
  cleanUp,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';

const AGENCIES = [1, 2, 3, 4, 5];
const BET = {
  NOMBRE: 'Santiago Lionel',
  APELLIDO: 'Lorca',
  DOCUMENTO: '30904465',
  NACIMIENTO: '1999-03-17',
  NUMERO: '2201',
};

async function expectSuccess(programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  }
}

describe('exercises 5 to 8: the lottery', () => {
  const data = datasetForSuite();

  afterEach(cleanUp);

  it('exercise 5: one bet from the environment is stored and confirmed', async () => {
    const { program, port, dataDirectory } = await startServer();
    const client = startClient(port, 3, BET);
    await expectSuccess([client]);
    const details = 'result: success | dni: 30904465 | numero: 2201';
    expect(client.lines.at(-1)).to.match(
      /INFO {5}action: apuesta_enviada \| result: success \| dni: 30904465 \| numero: 2201$/,
    );
    expect(program.matching(`action: apuesta_almacenada | ${details}`)).to.have.length(1);
    const csv = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8');
    expect(csv).to.equal('3,Santiago Lionel,Lorca,30904465,1999-03-17,2201\r\n');
  });

  it('exercise 5: five agencies send their bets at the same time', async () => {
    const { program, port } = await startServer();
    await expectSuccess(AGENCIES.map((id) => startClient(port, id, BET)));
    expect(program.matching('action: apuesta_almacenada | result: success')).to.have.length(5);
  });

  it('exercise 5: a bet that breaks a rule is refused with the variable that is wrong', async () => {
    const client = startClient(1, 1, { ...BET, NACIMIENTO: '1999-02-29' });
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include('CONFIG_INVALID').and.include('NACIMIENTO is "1999-02-29"');
  });

  it('exercise 5: a bet with a field missing is refused', async () => {
    const { NUMERO: left, ...rest } = BET;
    expect(left).to.equal('2201');
    const client = startClient(1, 1, rest);
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include('CONFIG_MISSING').and.include('NUMERO');
  });

  it('exercises 6 to 8: five agencies, one draw, each its own winners', async () => {
    const { program, port, dataDirectory } = await startServer();
    const clients = AGENCIES.map((id) =>
      startClient(port, id, { CLI_DATA: data().file(id), CLI_LOG_LEVEL: 'DEBUG' }),
    );
    await expectSuccess(clients);

    const stored = rowsByAgency(join(dataDirectory, 'bets.csv'));
    clients.forEach((client, i) => {
      expect(stored.get(i + 1)).to.deep.equal(data().rows[i]);
      const winners = data().winners[i] ?? [];
      expect(client.lines.at(-1)).to.match(
        new RegExp(
          `consulta_ganadores \\| result: success \\| cant_ganadores: ${String(winners.length)}$`,
        ),
      );
      expect(client.matching('action: winners')[0]).to.match(
        new RegExp(`documents: ${winners.join(' ')}$`),
      );
    });
    expect(
      program.lines.filter((line) => line.endsWith('action: sorteo | result: success')),
    ).to.have.length(1);

    const batches = program.matching('action: apuesta_recibida | result: success | cantidad: ');
    const bets = batches.reduce((sum, line) => sum + Number(line.split('cantidad: ')[1]), 0);
    expect(bets).to.equal(data().rows.reduce((sum, rows) => sum + rows.length, 0));
    if (data().isReal) {
      expect(bets).to.equal(78_697);
      expect(data().winners.map(({ length }) => length)).to.deep.equal([2, 3, 3, 2, 0]);
    }
  });

  it('nobody is answered before the last agency has finished', async () => {
    const { program, port } = await startServer({ AGENCIES: '2' });
    const first = startClient(port, 5 - 4, { CLI_DATA: data().file(5) });
    await program.waitFor('action: agency_finished');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(program.matching('sorteo')).to.deep.equal([]);
    expect(first.matching('consulta_ganadores')).to.deep.equal([]);
    const second = startClient(port, 2, { CLI_DATA: data().file(4) });
    await expectSuccess([first, second]);
  });

  it('an agency that runs again stores nothing twice and receives the same winners', async () => {
    const { port, dataDirectory, program } = await startServer({ AGENCIES: '1' });
    const env = { CLI_DATA: data().file(4), CLI_LOG_LEVEL: 'DEBUG' };
    const first = startClient(port, 1, env);
    await expectSuccess([first]);
    const again = startClient(port, 1, { ...env, CLI_BATCH_MAXAMOUNT: '7' });
    await expectSuccess([again]);
    expect(again.lines.at(-1)?.slice(20)).to.equal(first.lines.at(-1)?.slice(20));
    expect(again.matching('action: winners')[0]?.slice(20)).to.equal(
      first.matching('action: winners')[0]?.slice(20),
    );
    expect(rowsByAgency(join(dataDirectory, 'bets.csv')).get(1)).to.deep.equal(data().rows[3]);
    expect(program.matching('action: sorteo')).to.have.length(1);
  });

  it('a central that was stopped goes on where it was, and so do its agencies', async () => {
    const directory = temporaryDirectory();
    const before = await startServer({ AGENCIES: '2' }, directory);
    const port = String(before.port);
    const waiting = startClient(before.port, 1, { CLI_DATA: data().file(4) });
    await before.program.waitFor('action: agency_finished');
    before.program.signal('SIGTERM');
    expect((await before.program.exited).code).to.equal(0);
    const after = await startServer({ AGENCIES: '2', SERVER_PORT: port }, directory);
    const second = startClient(after.port, 2, { CLI_DATA: data().file(5) });
    await expectSuccess([waiting, second]);
    const stored = rowsByAgency(join(directory, 'bets.csv'));
    expect(stored.get(1)).to.deep.equal(data().rows[3]);
    expect(stored.get(2)).to.deep.equal(data().rows[4]);
  });

  it('winners can be asked for after a restart, without another draw', async () => {
    const directory = temporaryDirectory();
    const before = await startServer({ AGENCIES: '1' }, directory);
    const env = { CLI_DATA: data().file(3), CLI_LOG_LEVEL: 'DEBUG' };
    const first = startClient(before.port, 1, env);
    await expectSuccess([first]);
    before.program.signal('SIGTERM');
    await before.program.exited;
    const after = await startServer({ AGENCIES: '1' }, directory);
    const again = startClient(after.port, 1, env);
    await expectSuccess([again]);
    expect(again.lines.at(-1)?.slice(20)).to.equal(first.lines.at(-1)?.slice(20));
    expect(after.program.matching('action: sorteo')).to.deep.equal([]);
  });

  it('a second central on the same directory is refused', async () => {
    const { dataDirectory } = await startServer();
    const error = await startServer({}, dataDirectory).then(() => '', String);
    expect(error).to.include('STORE_LOCKED').and.include(dataDirectory);
  });

  it('a bad row stops the agency, which has not declared itself finished', async () => {
    const { program, port } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bad.csv');
    writeFileSync(file, 'Ana,Paz,10000001,1990-01-01,1\r\nEva,Ríos,1000000x,1990-01-01,2\r\n');
    const client = startClient(port, 1, { CLI_DATA: file });
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include(`${file}: line 2, column 3 (document): "1000000x"`);
    expect(program.matching('agency_finished')).to.deep.equal([]);
  });

  it('--skip-invalid leaves bad rows out, logs and counts them', async () => {
    const { port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bad.csv');
    writeFileSync(
      file,
      'Ana,Paz,10000001,1990-01-01,1\r\nEva,Ríos,1000000x,1990-01-01,2\r\nA,B\r\n',
    );
    const client = startClient(port, 1, { CLI_DATA: file }, ['--skip-invalid']);
    await expectSuccess([client]);
    expect(client.matching('action: skip_row |')).to.have.length(2);
    expect(client.matching('action: skip_rows | result: success | cantidad: 2')).to.have.length(1);
    expect(rowsByAgency(join(dataDirectory, 'bets.csv')).get(1)).to.have.length(1);
  });

  it('an agency whose file was changed after it was sent ends with DATA_DIFFERS', async () => {
    const { port } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'a.csv');
    writeFileSync(file, 'Ana,Paz,10000001,1990-01-01,1\r\n');
    await expectSuccess([startClient(port, 1, { CLI_DATA: file })]);
    writeFileSync(file, 'Ana,Paz,10000001,1990-01-01,2\r\n');
    const client = startClient(port, 1, { CLI_DATA: file });
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include('DATA_DIFFERS');
  });

  it('an agency that is not expected is refused', async () => {
    const { port } = await startServer({ AGENCIES: '2' });
    const client = startClient(port, 3, { CLI_DATA: data().file(5) });
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include('UNKNOWN_AGENCY');
  });

  it('SIGTERM ends central and waiting agency within a second, with a line for what is closed', async () => {
    const { program, port } = await startServer({ AGENCIES: '2' });
    const client = startClient(port, 1, { CLI_DATA: data().file(5) });
    await program.waitFor('action: agency_finished');
    for (const stopped of [client, program]) {
      const startedMs = performance.now();
      stopped.signal('SIGTERM');
      expect((await stopped.exited).code).to.equal(0);
      expect(performance.now() - startedMs).to.be.below(1000);
    }
    for (const action of ['close_socket', 'close_file', 'close_timers', 'stop']) {
      expect(client.matching(`action: ${action} | result: success`)).to.have.length(1);
    }
    const closed = ['close_listener', 'close_timer', 'close_workers', 'close_store', 'close_lock'];
    for (const action of closed) {
      expect(program.matching(`action: ${action} | result: success`)).to.have.length(1);
    }
  });

  for (const workers of ['0', '2']) {
    it(`works with PARSE_WORKERS=${workers}`, async () => {
      const { port } = await startServer({ AGENCIES: '2', PARSE_WORKERS: workers });
      const env = (id: number): Record<string, string> => ({
        CLI_DATA: data().file(id),
        CLI_BATCH_WINDOW: '64',
        CLI_BATCH_MAXAMOUNT: '20',
      });
      const clients = [startClient(port, 1, env(4)), startClient(port, 2, env(3))];
      await expectSuccess(clients);
      expect(clients[0]?.lines.at(-1)).to.include(
        `cant_ganadores: ${String(data().winners[3]?.length)}`,
      );
    });
  }
});
