/** What starts programs must leave none behind. */
import { expect } from 'chai';
import { cleanUp, Program, temporaryDirectory } from './program';

function started(script: string): Program {
  return new Program(process.execPath, ['-e', script], {}, temporaryDirectory());
}

const LASTS = 'console.log("up"); setInterval(() => undefined, 1_000)';

describe('programs of a test', () => {
  afterEach(cleanUp);

  it('are ended, also those that were started when others ended', async () => {
    const first = started(LASTS);
    let second: Program | null = null;
    void first.exited.then(() => (second = started(LASTS)));
    await first.waitFor('up');
    await cleanUp();
    const left = second as Program | null;
    expect(left?.isOver).to.equal(true);
  });

  it('that cannot be run end, and say why', async () => {
    const program = new Program('no-such-program', [], {}, temporaryDirectory());
    expect((await program.exited).code).not.to.equal(0);
    expect(program.output).to.include('spawn no-such-program ENOENT');
  });
});
