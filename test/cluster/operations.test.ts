/** From one central on files to one on a PostgreSQL, and out of that: whole programs. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetForSuite, rowsByAgency } from '../support/dataset';
import { databaseForSuite } from '../support/lottery-database';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Server,
} from '../support/program';

const AGENCIES = [1, 2, 3, 4, 5];

interface Status {
  readonly agencies: number;
  readonly bets: number;
  readonly finished: number;
  readonly draw: { readonly winners: number; readonly acta: boolean } | null;
  readonly number: unknown;
}

describe('a lottery that grows from a directory into a PostgreSQL', function () {
  this.timeout(60_000);
  const database = databaseForSuite();
  const data = datasetForSuite();

  afterEach(cleanUp);

  async function run(args: readonly string[]): Promise<string> {
    const program = loteria(args);
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
    return program.output;
  }

  async function status(url: string): Promise<Status> {
    return JSON.parse(await run(['store', 'status', url, '--json'])) as Status;
  }

  async function play(port: number, agencies: readonly number[]): Promise<void> {
    const clients = agencies.map((id) => startClient(port, id, { CLI_DATA: data().file(id) }));
    for (const client of clients) {
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
    }
  }

  async function stop({ program }: Server): Promise<void> {
    program.signal('SIGTERM');
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  }

  /** Whole rows of the first agencies, and an agency in the middle of its file. */
  async function stoppedInTheMiddle(): Promise<string> {
    const central = await startServer();
    const first = [1, 2].map((id) => startClient(central.port, id, { CLI_DATA: data().file(id) }));
    const slow = startClient(central.port, 4, {
      ...{ CLI_DATA: data().file(4), CLI_PACE: '60s', CLI_LOG_LEVEL: 'DEBUG' },
    });
    await central.program.waitFor('action: agency_finished', 2);
    await slow.waitFor('action: batch_stored | result: success');
    for (const client of [...first, slow]) client.signal('SIGKILL');
    await stop(central);
    return central.dataDirectory;
  }

  it('goes on where it was, and comes out of it whole', async () => {
    const url = database().url();
    await run(['store', 'init', url]);
    const directory = await stoppedInTheMiddle();
    const before = rowsByAgency(join(directory, 'bets.csv'));
    const part = before.get(4)?.length ?? 0;
    expect(part).to.be.within(1, (data().rows[3]?.length ?? 0) - 1);
    expect(await run(['store', 'import', directory, url])).to.include('bets of 3 agencies');
    expect(await status(url)).to.include({ agencies: 3, finished: 2, draw: null });
    const central = await startServer({ STORE: url });
    const late = startClient(central.port, 4, { CLI_DATA: data().file(4), CLI_LOG_LEVEL: 'DEBUG' });
    await play(central.port, [1, 2, 3, 5]);
    expect((await late.exited).code, late.output).to.equal(0);
    expect(late.matching('action: introduce')[0]).to.include(`stored: ${String(part)} |`);
    await central.program.waitFor('action: acta | result: success');

    const exported = join(temporaryDirectory(), 'exported');
    const text = await run(['store', 'export', url, exported]);
    const bets = data().rows.reduce((sum, { length }) => sum + length, 0);
    expect(text).to.include(`${String(bets)} bets of 5 agencies`);
    const rows = rowsByAgency(join(exported, 'bets.csv'));
    for (const id of AGENCIES) expect(rows.get(id)).to.deep.equal(data().rows[id - 1]);
    expect(readFileSync(join(exported, 'winners.csv'), 'latin1')).to.equal(
      data()
        .winners.flatMap((of, i) => of.map((document) => `${String(i + 1)},${document}\r\n`))
        .join(''),
    );
    expect(JSON.parse(readFileSync(join(exported, 'acta.json'), 'utf8'))).to.include({ bets });
    expect(await run(['verify', url])).to.include('Tables, bets, winners and acta agree.');
    const winners = data().winners.reduce((sum, { length }) => sum + length, 0);
    const now = await status(url);
    expect(now).to.include({ bets, finished: 5 });
    expect(now.draw).to.include({ winners, acta: true });
  });
});
