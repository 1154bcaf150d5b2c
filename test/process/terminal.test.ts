import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, LOTERIA, Program, startServer, temporaryDirectory } from '../support/program';

type Env = Readonly<Record<string, string>>;

/** Runs a command on a terminal of its own, as wide as most. */
function onTerminal(args: readonly string[], env: Env): Program {
  const command = ['stty cols 80 rows 24;', process.execPath, LOTERIA, ...args].join(' ');
  return new Program('script', ['-qec', command, '/dev/null'], env, temporaryDirectory());
}

describe('on a terminal', () => {
  before(function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
  });
  afterEach(cleanUp);

  const CASES: readonly (readonly [string, Env, boolean])[] = [
    ['that knows them, escapes are written', { TERM: 'xterm' }, true],
    ['that is dumb, none are', { TERM: 'dumb' }, false],
    ['with NO_COLOR, none are', { TERM: 'xterm', NO_COLOR: '1' }, false],
  ];
  for (const [name, env, escapes] of CASES) {
    it(`${name}: demo`, async () => {
      const args = ['demo', '--agencies', '2', '--bets', '300', '--seed', '1', '--data', 'bets'];
      const demo = onTerminal(args, env);
      expect((await demo.exited).code, demo.output).to.equal(0);
      expect(demo.output).to.include('Winners');
      expect(demo.output.includes('\u001b')).to.equal(escapes);
      if (!escapes) return;
      const [bar = ''] =
        / +agency 1 .*100% \| 300 bets \| \S+\/s \| 0s left/.exec(demo.output) ?? [];
      expect(bar.length, demo.output).to.be.within(60, 80);
    });

    it(`${name}: an agency`, async () => {
      const { port } = await startServer({ AGENCIES: '1' });
      const data = join(temporaryDirectory(), 'bets.csv');
      writeFileSync(data, 'Ana,Paz,1,2000-01-01,7574\r\n');
      const agency = onTerminal(['client'], {
        ...{ CLI_ID: '1', CLI_SERVER_ADDRESS: `127.0.0.1:${String(port)}`, CLI_DATA: data },
        ...{ CLI_LOOP_AMOUNT: '1', CLI_LOOP_PERIOD: '1s', CLI_LOG_LEVEL: 'INFO', ...env },
      });
      expect((await agency.exited).code, agency.output).to.equal(0);
      expect(agency.output).to.include('cant_ganadores: 1');
      expect(agency.output.includes('\u001b')).to.equal(escapes);
      if (!escapes) return;
      const done = '100% | 1 bets stored | ';
      const bar = agency.output.split('\u001b').find((text) => text.includes(done)) ?? '';
      expect(bar, agency.output).to.match(
        /^\[1Gagencia 1 .+ 100% \| 1 bets stored \| \S+ \| 0s left$/,
      );
      expect(bar.length, agency.output).to.be.within(60, 80);
      // Lines of the log may be longer than those of the terminal.
      expect(agency.output).to.not.include('\u001b[?7l');
      const introduced = agency.output.split('\n').find((line) => line.includes('introduce')) ?? '';
      expect(introduced, 'the bar is erased').to.match(/^\r.\[K\d/);
    });
  }
});
