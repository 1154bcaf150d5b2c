/** `loteria demo`, and agencies at a pace. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';

const BETS = 400;

/** A row of the table at the end, by agency: bets sent, bets stored, winners. */
function tableOf(output: string): Map<number, readonly number[]> {
  const rows = output.matchAll(/^│ +(\d+) │ +(\d+) │ +(\d+) │ +(\d+|\?) │/gm);
  return new Map(
    [...rows].map(([, agency, ...cells]) => [Number(agency), cells.slice(0, 3).map(Number)]),
  );
}

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const common = ['--agencies', '2', '--bets', String(BETS), '--seed', '1', '--data', 'bets'];
  return loteria(['demo', ...common, ...args], env);
}

describe('the demo', function () {
  this.timeout(90_000);
  afterEach(cleanUp);

  it('kills its central as often as it is asked to, and loses nothing', async () => {
    const temporary = temporaryDirectory();
    const program = demo(['--kill', '2', '--pace', '3s'], { TMPDIR: temporary });
    expect((await program.exited).code, program.output).to.equal(0);
    expect(program.matching('The central is killed (SIGKILL, ')).to.have.length(2);
    const recovered = program
      .matching('It is back after')
      .map((line) => Number(/ with (\d+) bets/.exec(line)?.[1]));
    expect(recovered).to.have.length(2);
    // One at a third of the bets, one at two thirds.
    expect(recovered[0]).to.be.at.least((BETS * 2) / 3);
    expect(recovered[1]).to.be.at.least((BETS * 4) / 3);
    const table = tableOf(program.output);
    expect([...table.keys()]).to.deep.equal([1, 2]);
    for (const [sent, stored] of table.values()) expect([sent, stored]).to.deep.equal([BETS, BETS]);
    expect(program.output).to.include(`${String(2 * BETS)} rows in bets.csv`);
    expect(readdirSync(temporary)).to.deep.equal([]);
  });

  it('kills it as often when the agencies are as fast as they can', async () => {
    // Its programs have no setting of whoever runs it.
    const env = { AGENCIES: '0', MAX_CONNECTIONS: 'many', DIALECT_PORTS: 'x', NOMBRE: 'Ana' };
    const program = demo(['--kill', '3', '--pace', '0'], env);
    expect((await program.exited).code, program.output).to.equal(0);
    expect(program.matching('It is back after')).to.have.length(3);
    expect(tableOf(program.output).get(2)?.slice(0, 2)).to.deep.equal([BETS, BETS]);
  });

  it('keeps the board where it is while the central is killed, and after the draw', async () => {
    const temporary = temporaryDirectory();
    const program = demo(['--kill', '1', '--pace', '4s', '--keep'], { TMPDIR: temporary });
    const [, url = ''] = /^The board: (\S+)$/.exec(await program.waitFor('The board: ')) ?? [];
    await program.waitFor('It is back after');
    await program.waitFor('The central stays');
    const status = loteria(['status', url]);
    expect((await status.exited).code, status.output).to.equal(0);
    expect(status.output).to.include('drawn: 2 of 2 agencies have finished');
    expect(status.output).to.include(`${String(2 * BETS)} bets stored`);
    const json = loteria(['status', url, '--json']);
    expect((await json.exited).code).to.equal(0);
    expect(JSON.parse(json.output)).to.have.nested.property('state.bets', 2 * BETS);
    const page = await fetch(url);
    expect(page.status).to.equal(200);
    expect(tableOf(program.output).get(1)?.slice(0, 2)).to.deep.equal([BETS, BETS]);
    program.signal('SIGINT');
    expect((await program.exited).code, program.output).to.equal(0);
    // The command that status and the page have shown, as a shell takes it.
    const [, shown = ''] = /^check it: (.+)$/m.exec(status.output) ?? [];
    expect(shown).to.match(/ verify \S+(?: --digest [0-9a-f]{64})?$/);
    const verify = spawnSync('sh', ['-c', shown], { cwd: '/', encoding: 'utf8' });
    expect(verify.status, `${shown}: ${verify.stderr}`).to.equal(0);
    const [directory = ''] = readdirSync(temporary);
    const said = program.lines.at(-1) ?? '';
    const [, again = ''] = /`(\S+ verify \S+)`/.exec(said) ?? [];
    expect(again).to.include(join(temporary, directory));
    expect(spawnSync('sh', ['-c', again], { cwd: '/' }).status, again).to.equal(0);
    const remove = `rm -r ${join(temporary, directory)}`;
    expect(said).to.include(`\`${remove}\``);
    expect(spawnSync('sh', ['-c', remove]).status).to.equal(0);
    expect(readdirSync(temporary)).to.deep.equal([]);
  });

  it('leaves nothing behind when it is stopped while the central is away', async () => {
    const temporary = temporaryDirectory();
    const program = demo(['--kill', '1', '--pace', '2s'], { TMPDIR: temporary });
    await program.waitFor('The central is killed (SIGKILL) with');
    program.signal('SIGTERM');
    expect((await program.exited).code, program.output).to.equal(1);
    expect(readdirSync(temporary)).to.deep.equal([]);
    expect(left(temporary)).to.deep.equal([]);
  });

  for (const args of [
    ['--kill', '101'],
    ['--kill', 'often'],
    ['--pace', 'slowly'],
    ['--pace', '600h'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const program = demo(args);
      expect((await program.exited).code).to.equal(2);
      expect(program.output).to.match(/expected a (whole number from 0 to 100|duration such as)/);
    });
  }
});

/** Command lines of processes that have a path in theirs, or in their environment. */
function left(path: string): string[] {
  const { stdout } = spawnSync('ps', ['axeww', '-o', 'args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(path) && line.includes('loteria'));
}

describe('an agency at a pace', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  const CASES: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
    ['', {}, {}],
    [' of the 2020 edition', { EDITION: '2020' }, { CLI_EDITION: '2020' }],
    [' of an earlier system', { DETECT: '1' }, { CLI_DIALECT: 'pipe' }],
  ];
  for (const [name, server, client] of CASES) {
    it(`takes its time${name}`, async () => {
      const { port, dataDirectory } = await startServer({ AGENCIES: '1', ...server });
      const file = join(temporaryDirectory(), 'bets.csv');
      const rows = Array.from(
        { length: 10 },
        (_, i) => `Ana,Paz,${String(i)},2000-01-01,${String(i)}`,
      );
      writeFileSync(file, rows.map((row) => `${row}\r\n`).join(''));
      const env = { CLI_DATA: file, CLI_BATCH_MAXAMOUNT: '1', CLI_LOG_LEVEL: 'DEBUG', ...client };
      const agency = startClient(port, 1, env, ['--pace', '1s']);
      const times: number[] = [];
      agency.onLine((line) => {
        if (line.includes('action: batch_stored | result: success')) times.push(performance.now());
      });
      expect((await agency.exited).code, agency.output).to.equal(0);
      expect(times).to.have.length(10);
      // The first batch leaves at once, each of the others a tenth of a second later at the earliest.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).to.be.at.least(700);
      const stored = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8');
      expect(stored.trimEnd().split('\r\n')).to.have.length(10);
    });
  }

  it('says how fast it is, and how long it will take', async () => {
    const { port } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bets.csv');
    const rows = Array.from({ length: 30 }, (_, i) => `Ana,Paz,${String(i)},2000-01-01,1\r\n`);
    writeFileSync(file, rows.join(''));
    const env = { CLI_DATA: file, CLI_BATCH_MAXAMOUNT: '1', CLI_PACE: '3s' };
    const agency = startClient(port, 1, env);
    expect((await agency.exited).code, agency.output).to.equal(0);
    const [line = ''] = agency.matching('action: progress | result: in_progress');
    expect(line).to.match(/ \| stored: \d+ \| percent: \d+ \| bets_per_s: \d+ \| left: \d+s$/);
  });

  it('stops at once while it waits', async () => {
    const { port } = await startServer({ AGENCIES: '1' });
    const file = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(file, 'Ana,Paz,1,2000-01-01,1\r\nAna,Paz,2,2000-01-01,2\r\n');
    const env = {
      CLI_DATA: file,
      CLI_BATCH_MAXAMOUNT: '1',
      CLI_LOG_LEVEL: 'DEBUG',
      CLI_PACE: '1h',
    };
    const agency = startClient(port, 1, env);
    await agency.waitFor('action: batch_stored | result: success');
    agency.signal('SIGTERM');
    expect((await agency.exited).code, agency.output).to.equal(0);
    expect(agency.matching('action: batch_stored')).to.have.length(1);
    expect(agency.output).to.include(
      'action: acknowledged | result: success | agency: 1 | stored: 1',
    );
  });
});
