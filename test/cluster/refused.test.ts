/** What a database refuses for good ends a central with advice; what may pass does not. */
import { expect } from 'chai';
import { Primary } from '../../src/store/postgres/connection/primary';
import { databaseForSuite } from '../support/lottery-database';
import { datasetForSuite } from '../support/dataset';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  type Program,
  type Server,
} from '../support/program';
import { until } from '../support/until';

const ROLE = 'centrals';

describe('a central whose database refuses', function () {
  this.timeout(60_000);
  const database = databaseForSuite(ROLE);
  const data = datasetForSuite();

  beforeEach(() => database().renew(ROLE));
  afterEach(cleanUp);

  function startCentral(): Promise<Server> {
    return startServer({ STORE: database().url(ROLE), AGENCIES: '1' });
  }

  function startAgency({ port }: Server, env: Readonly<Record<string, string>> = {}): Program {
    return startClient(port, 1, { CLI_DATA: data().file(1), CLI_LOG_LEVEL: 'DEBUG', ...env });
  }

  async function refusalOf({ program }: Server): Promise<string> {
    expect(await program.exited, program.output).to.deep.equal({ code: 1, signal: null });
    const [line = '', ...more] = program.matching('action: server | result: fail');
    expect(more).to.deep.equal([]);
    expect(line).to.include('code: STORE_REFUSED | error: ');
    return line;
  }

  it('a batch, because a table is gone, stops', async () => {
    const central = await startCentral();
    const agency = startAgency(central, { CLI_PACE: '20s' });
    await agency.waitFor('action: batch_stored | result: success');
    await database().query('drop table loteria.batch');
    expect(await refusalOf(central))
      .to.include('42P01: relation "loteria.batch" does not exist')
      .and.include('from a backup');
  });

  it('a question that it asks every second, because all tables are gone, stops', async () => {
    const central = await startCentral();
    await database().query('drop schema loteria cascade');
    expect(await refusalOf(central)).to.include('42P01: relation "loteria.lottery" does not exist');
  });

  it('a claim, for want of a right, stops; with the right it goes on', async () => {
    const central = await startCentral();
    await database().query(`revoke insert on loteria.agency from ${ROLE}`);
    const early = startAgency(central);
    expect(await refusalOf(central))
      .to.include('42501: permission denied for table agency')
      .and.include('loteria store init URL --role ROLE');
    early.signal('SIGKILL');

    const init = loteria(['store', 'init', database().url(), '--role', ROLE]);
    expect(await init.exited, init.output).to.deep.equal({ code: 0, signal: null });
    const late = startAgency(await startCentral());
    expect(await late.exited, late.output).to.deep.equal({ code: 0, signal: null });
  });

  it('the draw, for want of a right, stops; a start with the right makes it', async () => {
    const central = await startCentral();
    await database().query(`revoke delete on loteria.winner from ${ROLE}`);
    startAgency(central);
    expect(await refusalOf(central)).to.include('42501: permission denied for table winner');
    expect(central.program.output).not.to.include('action: sorteo | result: success');

    await database().query(`grant delete on loteria.winner to ${ROLE}`);
    const { program } = await startCentral();
    await program.waitFor('action: sorteo | result: success');
  });

  /** Until {@link takeAgain} the row of the lottery takes no value for `key`, as on a disk that is full. */
  async function refuseKey(key: string): Promise<void> {
    await database().query(
      `create function loteria.refuse() returns trigger language plpgsql as $$ begin
         if new.state->>'${key}' is not null then
           raise exception 'no space left for ${key}' using errcode = '53100';
         end if;
         return new;
       end $$;
       create trigger refuse before update on loteria.lottery for each row execute function loteria.refuse()`,
    );
  }

  function takeAgain(): Promise<unknown> {
    return database().query('drop function loteria.refuse cascade');
  }

  it('the draw for a while welcomes agencies meanwhile, and makes it then', async () => {
    await refuseKey('draw');
    const central = await startCentral();
    const { program } = central;
    const first = startAgency(central);
    await program.waitFor('reason: no space left for draw');
    first.signal('SIGKILL');
    const second = startAgency(central);
    await until(
      'it is welcomed again',
      () => program.matching('action: introduce | result: success').length >= 2,
    );
    expect(program.output).not.to.include('action: sorteo | result: success');
    await takeAgain();
    expect(await second.exited, second.output).to.deep.equal({ code: 0, signal: null });
    expect(program.matching('action: sorteo | result: success')).to.have.length(1);
    await program.waitFor('action: acta | result: success');
  });

  it('the digest of the acta for a while sends winners meanwhile, and writes it then', async () => {
    await refuseKey('actaDigest');
    const central = await startCentral();
    for (let run = 0; run < 2; run++) {
      const agency = startAgency(central);
      expect(await agency.exited, agency.output).to.deep.equal({ code: 0, signal: null });
      await central.program.waitFor('reason: no space left for actaDigest');
    }
    expect(central.program.output).not.to.include('action: acta | result: success');
    await takeAgain();
    await central.program.waitFor('action: acta | result: success');
  });

  it('a start, because a draw or an import has locked the lottery, waits and says so', async () => {
    const { port } = database();
    const server = { host: '127.0.0.1', port, user: 'loteria', database: 'postgres' };
    const other = new Primary({ servers: [server], demandsStandby: false });
    try {
      const central = await other.transaction(async (query) => {
        await query('select from loteria.lottery for update');
        const program = loteria(['server'], {
          ...{
            SERVER_PORT: '0',
            SERVER_LISTEN_BACKLOG: '64',
            LOGGING_LEVEL: 'INFO',
            AGENCIES: '1',
          },
          STORE: database().url(ROLE),
        });
        await program.waitFor('reason: a draw or an import has locked the lottery');
        return program;
      });
      await central.waitFor('action: accept_connections | result: in_progress');
    } finally {
      other.close();
    }
  });

  it('only for a while goes on by itself', async () => {
    const central = await startCentral();
    const agency = startAgency(central, { CLI_PACE: '10s' });
    await agency.waitFor('action: batch_stored | result: success');
    const again = 'select pg_reload_conf()';
    await database().query('alter system set default_transaction_read_only = on');
    await database().query(again);
    await central.program.waitFor('read-only transaction');
    await database().query('alter system reset default_transaction_read_only');
    await database().query(again);
    expect(await agency.exited, agency.output).to.deep.equal({ code: 0, signal: null });
    expect(central.program.matching('action: server')).to.deep.equal([]);
  });
});
