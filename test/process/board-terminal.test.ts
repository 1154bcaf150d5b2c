/** `loteria status` and `loteria top`. */
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { FakeBoard, fullEvent, STATE } from '../support/fake-board';
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
    const program = loteria(['top', board.port, '--every', '50ms', '--updates', '2']);
    expect((await program.exited).code, program.output).to.equal(0);
    expect(program.lines.map((line) => line.replace(/^\S+ /, ''))).to.deep.equal([
      'phase: loading | bets: 1500 | rate: 1.5k/s | finished: 2 of 5 | connected: 5 | waiting: 1',
      'phase: drawing | bets: 1600 | rate: 1.5k/s | finished: 2 of 5 | connected: 5 | waiting: 1',
    ]);
  });

  it('goes on when the central is away for a while, and ends with SIGINT', async () => {
    board.answers.splice(0, 2, ANSWER, 'gone', drawn);
    const program = loteria(['top', board.port, '--every', '50ms']);
    await program.waitFor('phase: loading');
    await program.waitFor('BOARD_UNREACHABLE: ');
    await program.waitFor('phase: drawing');
    program.signal('SIGINT');
    expect(await program.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('draws a screen on a terminal, and leaves the last state behind', async function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
    const args = ['top', board.port, '--every', '50ms', '--updates', '3'];
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

  it('fails when there is no board at the beginning', async () => {
    const { port } = board;
    await board.close();
    board = await FakeBoard.start(ANSWER);
    const program = loteria(['top', port]);
    expect((await program.exited).code).to.equal(1);
    expect(program.output).to.include('BOARD_UNREACHABLE');
  });
});
