import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleanUp,
  loteria,
  Program,
  ROOT,
  startClient,
  startServer,
  temporaryDirectory,
} from '../support/program';

describe('a clock that is far from the time', () => {
  afterEach(cleanUp);

  const DAY_MS = 86_400_000;
  const CLOCKS = [
    [-DAY_MS, '1969-12-31 ', '1970-01-01T00:00:00.000Z'],
    [Date.UTC(10_000, 0, 1) + DAY_MS, 'action: listen', '9999-12-31T23:59:59.999Z'],
  ] as const;
  for (const [nowMs, logged, drawn] of CLOCKS) {
    it(`keeps nobody from winning: a draw at ${String(nowMs)} ms is made at ${drawn}`, async () => {
      await expectDraw(nowMs, logged, drawn);
    });
  }

  /** @param logged what the log says of the clock. @param drawn the time in the acta */
  async function expectDraw(nowMs: number, logged: string, drawn: string): Promise<void> {
    const wrong = `
      Date.now = () => ${String(nowMs)};
      process.argv = [process.argv[0], 'loteria', 'server'];
      require('./bin/loteria');
    `;
    const directory = temporaryDirectory();
    const env = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };
    const central = new Program(
      process.execPath,
      ['-e', wrong],
      { ...env, DATA_DIR: directory, AGENCIES: '1' },
      ROOT,
    );
    const line = await central.waitFor('action: listen | result: success');
    expect(line).to.include(logged);
    const port = Number(/port: (\d+)/.exec(line)?.[1]);
    const data = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(data, 'Ana,Paz,1,2000-01-01,7574\r\n');
    const agency = startClient(port, 1, { CLI_DATA: data, CLI_RETRY_FOR: '2s' });
    expect((await agency.exited).code, agency.output + central.output).to.equal(0);
    expect(agency.lines.at(-1)).to.include('cant_ganadores: 1');
    await central.waitFor('action: acta | result: success');
    central.signal('SIGTERM');
    expect((await central.exited).code).to.equal(0);
    const acta = JSON.parse(readFileSync(join(directory, 'acta.json'), 'utf8')) as { time: string };
    expect(acta.time).to.equal(drawn);
    const verify = loteria(['verify', directory]);
    expect((await verify.exited).code, verify.output).to.equal(0);
    await startServer({ AGENCIES: '1' }, directory);
  }

  it('lets the number of agencies be changed', async () => {
    const { program, dataDirectory } = await startServer({ AGENCIES: '2' });
    program.signal('SIGTERM');
    await program.exited;
    const early = `
      Date.now = () => -86_400_000;
      process.argv = [process.argv[0], 'loteria', 'store', 'agencies', ${JSON.stringify(dataDirectory)}, '3'];
      require('./bin/loteria');
    `;
    const tool = new Program(process.execPath, ['-e', early], {}, ROOT);
    expect((await tool.exited).code, tool.output).to.equal(0);
    const verify = loteria(['verify', dataDirectory]);
    expect((await verify.exited).code, verify.output).to.equal(0);
    expect(verify.output).to.include('from 2 to 3 at 1970-01-01T00:00:00.000Z');
  });
});
