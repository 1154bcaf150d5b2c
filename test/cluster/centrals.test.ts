/** Several centrals on one PostgreSQL: whole programs, any agency at any central, one draw. */
import { expect } from 'chai';
import { datasetForSuite } from '../support/dataset';
import { databaseForSuite, type Rows } from '../support/lottery-database';
import { cleanUp, loteria, startClient, startServer, type Server } from '../support/program';
import { checkRows, checkWinners, readTables } from '../support/tables-check';

const AGENCIES = [1, 2, 3, 4, 5];

describe('several centrals on one PostgreSQL', function () {
  this.timeout(90_000);
  const database = databaseForSuite();
  const data = datasetForSuite();

  beforeEach(async () => {
    await query('drop schema if exists loteria cascade');
  });
  afterEach(cleanUp);

  const url = (): string => database().url();

  function query(text: string): Promise<Rows> {
    return database().query(text);
  }

  async function init(): Promise<string> {
    const program = loteria(['store', 'init', url()]);
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
    return program.output;
  }

  function startCentral(env: Readonly<Record<string, string>> = {}): Promise<Server> {
    return startServer({ STORE: url(), ...env });
  }

  /** What the database holds, against what the agencies have. */
  async function expectExact(): Promise<void> {
    const inputs = new Map(AGENCIES.map((id, i) => [id, data().rows[i] ?? []]));
    const tables = await readTables(query);
    expect([...checkRows(tables, inputs), ...checkWinners(tables, inputs)]).to.deep.equal([]);
  }

  it('make one draw of all bets, which all of them know', async () => {
    expect(await init()).to.include('the tables are made');
    expect(await init()).to.include('as before');
    const centrals = [await startCentral(), await startCentral()];
    const clients = AGENCIES.map((id, i) =>
      startClient(centrals[i % 2]?.port ?? 0, id, { CLI_DATA: data().file(id) }),
    );
    for (const [i, client] of clients.entries()) {
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
      const count = String((data().winners[i] ?? []).length);
      expect(client.lines.at(-1)).to.include(`cant_ganadores: ${count}`);
    }
    await expectExact();
    for (const { program } of centrals) {
      await program.waitFor('action: sorteo | result: success');
      await program.waitFor('action: acta | result: success');
    }
    const actas = centrals.map(({ program }) => program.matching('action: acta')[0]?.slice(20));
    expect(actas[0]).to.equal(actas[1]);
    const [lottery] = await query("select state->'draw'->>'id' as id, acta from loteria.lottery");
    expect(lottery?.['id']).to.match(/^[0-9a-f]{16}$/);
    expect(lottery?.['acta']).to.include({ draw_id: lottery?.['id'] });

    // A third one, later, knows all of it.
    const late = await startCentral();
    expect(late.program.matching('action: recover')[0]).to.include('drawn: yes');
    const again = startClient(late.port, 1, { CLI_DATA: data().file(1) });
    expect(await again.exited, again.output).to.deep.equal({ code: 0, signal: null });
    expect(again.lines.at(-1)).to.include(`cant_ganadores: ${String(data().winners[0]?.length)}`);
  });

  it('lose nothing when one is killed: its agencies go on at the other one', async () => {
    await init();
    const [first, second] = [await startCentral(), await startCentral()];
    const addresses = [first, second].map(({ port }) => `127.0.0.1:${String(port)}`).join();
    const clients = AGENCIES.map((id) =>
      startClient(first.port, id, {
        CLI_SERVER_ADDRESS: addresses,
        CLI_DATA: data().file(id),
        CLI_PACE: '4s',
        CLI_LOG_LEVEL: 'DEBUG',
      }),
    );
    await Promise.all(
      clients.map((client) => client.waitFor('action: batch_stored | result: success')),
    );
    first.program.signal('SIGKILL');
    for (const [i, client] of clients.entries()) {
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
      const count = String((data().winners[i] ?? []).length);
      expect(client.lines.at(-1)).to.include(`cant_ganadores: ${count}`);
    }
    await expectExact();
  });

  it('end the session of an agency that another one has claimed, when it stores more', async () => {
    await init();
    const [first, second] = [await startCentral(), await startCentral()];
    const slow = startClient(first.port, 1, { CLI_DATA: data().file(1), CLI_PACE: '20s' });
    await first.program.waitFor('action: apuesta_recibida | result: success');
    const other = startClient(second.port, 1, { CLI_DATA: data().file(1), CLI_PACE: '20s' });
    await second.program.waitFor('action: introduce | result: success | agency: 1');
    await first.program.waitFor('code: REPLACED');
    for (const client of [slow, other]) client.signal('SIGKILL');
  });

  it('refuse a database without a lottery, and settings that others have begun with', async () => {
    const program = loteria(['server'], {
      ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO', STORE: url() },
    });
    expect((await program.exited).code).to.equal(1);
    expect(program.output).to.include('STORE_NOT_INITIALISED').and.include('loteria store init');
    await init();
    const { port } = await startCentral();
    for (const isServing of [false, true]) {
      // It serves agencies by its own settings, and reads no others: those of a later start must not replace them.
      if (isServing) {
        const client = startClient(port, 1, { CLI_DATA: data().file(1) });
        await client.waitFor('action: introduce');
      }
      const three = loteria(['server'], {
        ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO', STORE: url() },
        AGENCIES: '3',
      });
      expect((await three.exited).code, three.output).to.equal(1);
      expect(three.output).to.include('AGENCIES=5').and.include('AGENCIES is 3');
    }
  });

  for (const [name, value] of [
    ['EDITION', '2020'],
    ['DRAW_SALT_SOURCE', 'beacon 7'],
  ] as const) {
    it(`refuse ${name}, which only files keep`, async () => {
      const program = loteria(['server'], {
        ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO', STORE: url() },
        ...(name === 'EDITION' ? {} : { WINNING_NUMBER: 'random' }),
        [name]: value,
      });
      expect((await program.exited).code).to.equal(1);
      expect(program.output).to.include('CONFIG_INVALID').and.include('STORE=file');
    });
  }
});
