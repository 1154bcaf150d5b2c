/** `loteria status` and `loteria top`. */
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { agencyRow, FakeBoard, fullEvent, STATE } from '../support/fake-board';
import { cleanUp, loteria, LOTERIA, Program, temporaryDirectory } from '../support/program';

const ANSWER = JSON.stringify(fullEvent());

describe('loteria status', () => {
  let board: FakeBoard | null = null;

  afterEach(async () => {
    await cleanUp();
    await board?.close();
    board = null;
  });

  it('shows the board of BOARD_PORT, or of the address that is given', async () => {
    board = await FakeBoard.start(ANSWER);
    const runs = [
      loteria(['status'], { BOARD_PORT: board.port }),
      loteria(['status', `127.0.0.1:${board.port}`, '--sort', 'bets'], { BOARD_PORT: '1' }),
    ];
    for (const program of runs) {
      expect((await program.exited).code, program.output).to.equal(0);
      expect(program.output).to.include('loading: 2 of 5 agencies have finished');
      expect(program.output).not.to.include('\u001b');
    }
    expect(runs[1]?.lines.at(-1)).to.match(/^ +1 +100 /);
  });

  it('writes all of it for programs with --json', async () => {
    board = await FakeBoard.start(ANSWER);
    const program = loteria(['status', '--json', board.port]);
    expect((await program.exited).code, program.output).to.equal(0);
    expect(JSON.parse(program.output)).to.deep.equal(JSON.parse(ANSWER));
  });

  it('says when no board answers, and what to do', async () => {
    board = await FakeBoard.start(ANSWER);
    const { port } = board;
    await board.close();
    board = null;
    const program = loteria(['status', port]);
    expect((await program.exited).code).to.equal(1);
    expect(program.output).to.include(`BOARD_UNREACHABLE: http://127.0.0.1:${port}/: no board`);
    expect(program.output).to.match(
      /ECONNREFUSED.*does a central run there, with BOARD_PORT set\?/,
    );
  });

  for (const [name, answer] of [
    ['no JSON', '<html>'],
    ['other JSON', '{"version":1}'],
    ['a wrong field', ANSWER.replace('"bets":1500', '"bets":"many"')],
  ] as const) {
    it(`takes ${name} for no board`, async () => {
      board = await FakeBoard.start(answer);
      const program = loteria(['status', board.port, '--json']);
      expect((await program.exited).code).to.equal(1);
      expect(program.output).to.match(/^loteria: BOARD_UNREACHABLE: .*no board/);
    });
  }

  for (const [what, args, env] of [
    ['BOARD_PORT is "abc"', [], { BOARD_PORT: 'abc' }],
    ['BOARD_PORT is "70000"', [], { BOARD_PORT: '70000' }],
    ['"12345678" is no address of a board', ['12345678'], {}],
  ] as const) {
    it(`asks nobody where ${what}`, async () => {
      for (const command of ['status', 'top']) {
        const program = loteria([command, ...args], env);
        expect((await program.exited).code, program.output).to.equal(2);
        expect(program.output).to.include(`loteria: USAGE: ${what}`);
      }
    });
  }

  it('has no rates, which one answer does not give, and no order by them', async () => {
    board = await FakeBoard.start(ANSWER);
    const program = loteria(['status', board.port]);
    expect((await program.exited).code, program.output).to.equal(0);
    expect(program.output).to.match(/agency +bets +in flight +connection/);
    const byRate = loteria(['status', board.port, '--sort', 'rate']);
    expect((await byRate.exited).code, byRate.output).to.equal(2);
    expect(byRate.output).to.include('Allowed choices are agency, bets, reconnects, rejected.');
    expect((await loteria(['status', '--help']).exited).code).to.equal(0);
  });

  it('refuses what is no address', async () => {
    const program = loteria(['status', 'http://127.0.0.1:1/status']);
    expect((await program.exited).code).to.equal(2);
    expect(program.output).to.include('is no address of a board');
  });
});

describe('loteria top', () => {
  let board: FakeBoard;
  const drawn = JSON.stringify(fullEvent({ state: { ...STATE, phase: 'drawing', bets: 1_600 } }));

  beforeEach(async () => {
    board = await FakeBoard.start(ANSWER, drawn);
  });
  afterEach(async () => {
    await cleanUp();
    await board.close();
  });

  it('writes a plain line for each update where there is no terminal', async () => {
    const program = loteria(['top', board.port, '--every', '100ms', '--updates', '2']);
    expect((await program.exited).code, program.output).to.equal(0);
    expect(program.lines.map((line) => line.replace(/^\S+ /, ''))).to.deep.equal([
      'phase: loading | bets: 1500 | rate: 1.5k/s | finished: 2 of 5 | connected: 5 | waiting: 1',
      'phase: drawing | bets: 1600 | rate: 1.5k/s | finished: 2 of 5 | connected: 5 | waiting: 1',
    ]);
  });

  it('goes on when the central is away for a while, and ends with SIGINT', async () => {
    board.answers.splice(0, 2, ANSWER, 'gone', drawn);
    const program = loteria(['top', board.port, '--every', '100ms']);
    await program.waitFor('phase: loading');
    await program.waitFor('BOARD_UNREACHABLE: ');
    await program.waitFor('phase: drawing');
    program.signal('SIGINT');
    expect(await program.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('draws a screen on a terminal, and leaves the last state behind', async function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
    const args = ['top', board.port, '--every', '100ms', '--updates', '3'];
    const command = [process.execPath, LOTERIA, ...args].join(' ');
    const run = (env: Record<string, string>): Program =>
      new Program('script', ['-qec', command, '/dev/null'], env, temporaryDirectory());
    const program = run({ TERM: 'xterm' });
    expect((await program.exited).code, program.output).to.equal(0);
    const [, last = ''] = program.output.split('\u001b[?25h\u001b[?1049l');
    expect(program.output).to.include('\u001b[?1049h\u001b[?25l');
    expect(last).to.include('drawing: 2 of 5 agencies have finished');
    const plain = run({ TERM: 'xterm', NO_COLOR: '1' });
    expect((await plain.exited).code, plain.output).to.equal(0);
    expect(plain.output).not.to.include('\u001b');
  });

  it('shows errors of agencies, and whole commands, in 80 columns', async function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
    const verifyCommand = `loteria verify /tmp/loteria-demo-x --digest ${'ab'.repeat(32)}`;
    const draw = {
      ...{ id: 'x', timeMs: 1, winningNumber: 7574, winners: 10, betsDigest: 'ab'.repeat(32) },
      ...{ actaError: null, verifyCommand },
    };
    const agencies = [agencyRow(1, { lastError: 'BATCH_INVALID', winners: 3, finished: true })];
    const state = { ...STATE, phase: 'drawn', draw } as const;
    board.answers.splice(0, 2, JSON.stringify(fullEvent({ state, agencies })));
    const args = ['top', board.port, '--every', '100ms', '--updates', '2'];
    const command = ['stty cols 80 rows 24;', process.execPath, LOTERIA, ...args].join(' ');
    const env = { TERM: 'xterm' };
    const program = new Program('script', ['-qec', command, '/dev/null'], env, '/');
    expect((await program.exited).code, program.output).to.equal(0);
    const [drawn = ''] = program.output.split('\u001b[?25h\u001b[?1049l');
    expect(drawn).to.include(`check it: ${verifyCommand}`);
    expect(drawn).to.include(`digest ${'ab'.repeat(32)}`);
    const table = drawn.split('\n').filter((line) => /^agency |BATCH_INVALID/.test(line));
    expect(table[0]).to.include('last error');
    expect(table[1]).to.include('BATCH_INVALID');
    for (const line of table) expect(line.split('\u001b')[0]?.length).to.be.at.most(80);
  });

  for (const every of ['0s', '99ms', '0.05s']) {
    it(`refuses --every ${every}: each update is a whole document for the central`, async () => {
      const program = loteria(['top', board.port, '--every', every, '--updates', '1']);
      expect((await program.exited).code, program.output).to.equal(2);
      expect(program.output).to.include(`"${every}": expected 100ms or more`);
    });
  }

  it('fails when there is no board at the beginning', async () => {
    const { port } = board;
    await board.close();
    board = await FakeBoard.start(ANSWER);
    const program = loteria(['top', port]);
    expect((await program.exited).code).to.equal(1);
    expect(program.output).to.include('BOARD_UNREACHABLE');
  });
});
