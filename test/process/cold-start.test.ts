import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, startServer, temporaryDirectory } from '../support/program';

describe('a central that only listens', () => {
  afterEach(cleanUp);

  it('has not loaded the modules of Node that a start can do without', async () => {
    const hook = join(temporaryDirectory(), 'hook.cjs');
    writeFileSync(
      hook,
      `process.once('exit', () => { console.log('loaded: ' + process.moduleLoadList.join(', ')); });`,
    );
    const { program } = await startServer({ NODE_OPTIONS: `--require=${hook}` });
    program.signal('SIGTERM');
    const loaded = (await program.waitFor('loaded: ')).replace('loaded: ', '').split(', ');
    expect(loaded).to.include('NativeModule net');
    for (const name of ['crypto', 'tls', 'http', 'perf_hooks', 'internal/perf/performance']) {
      expect(loaded, name).not.to.include(`NativeModule ${name}`);
    }
  });
});
