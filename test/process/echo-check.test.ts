/**
 * `validar-echo-server.sh` with a `docker` that only pretends: what the script makes of its answers.
 * (`test/docker/` runs it with a real one.)
 */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, ROOT, temporaryDirectory } from '../support/program';

/** @param docker what `docker` does, as sh */
function check(docker: string): Promise<{ readonly output: string; readonly code: number }> {
  const bin = temporaryDirectory();
  const command = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // A minute passes quickly here.
  command('sleep', 'exec /bin/sleep 0.01');
  command('docker', docker);
  return new Promise((resolve) => {
    const options = { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` }, timeout: 15_000 };
    execFile('/bin/sh', [join(ROOT, 'validar-echo-server.sh')], options, (error, output) => {
      resolve({ output, code: error === null ? 0 : Number(error.code ?? -1) });
    });
  });
}

/** Finds the message among the arguments of `docker run`. */
const FIND_MESSAGE = 'for a; do case $a in MESSAGE=*) m=${a#MESSAGE=} ;; esac; done';
const SUCCESS = { output: 'action: test_echo_server | result: success\n', code: 0 };
const FAILURE = { output: 'action: test_echo_server | result: fail\n', code: 1 };

describe('validar-echo-server.sh', () => {
  afterEach(cleanUp);

  it('is content with its own message', async () => {
    expect(await check(`${FIND_MESSAGE}; echo "$m"`)).to.deep.equal(SUCCESS);
  });

  for (const [what, docker] of [
    ['nothing', 'true'],
    ['another message', 'echo hello'],
    ['the message twice', `${FIND_MESSAGE}; echo "$m"; echo "$m"`],
    ['a part of the message', `${FIND_MESSAGE}; printf %s "\${m%?}"`],
    ['no Docker', 'exit 127'],
    ['an error of Docker', 'echo "no such network" >&2; exit 125'],
  ] as const) {
    it(`fails with ${what}`, async () => {
      expect(await check(docker)).to.deep.equal(FAILURE);
    });
  }

  it('fails, and does not hang, where Docker hangs at every command', async () => {
    const pids = join(temporaryDirectory(), 'pids');
    try {
      expect(await check(`echo $$ >>${pids}; exec /bin/sleep 60`)).to.deep.equal(FAILURE);
    } finally {
      for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) stop(Number(pid));
    }
  });
});

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
