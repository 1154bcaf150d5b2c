/** What is no regular file is no data file: the agency says so, and never waits for it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, startClient, temporaryDirectory } from '../support/program';

/** Makes one at a path. */
const KINDS: readonly (readonly [string, string, (path: string) => void])[] = [
  ['a FIFO', 'a FIFO', (path) => execFileSync('mkfifo', [path])],
  ['a directory', 'a directory', mkdirSync],
  [
    'a link to a device',
    'a device',
    (path) => {
      symlinkSync('/dev/zero', path);
    },
  ],
  [
    'a link to a FIFO',
    'a FIFO',
    (path) => {
      execFileSync('mkfifo', [`${path}.fifo`]);
      symlinkSync(`${path}.fifo`, path);
    },
  ],
];

describe('the data file of an agency', () => {
  afterEach(cleanUp);

  for (const [what, named, make] of KINDS) {
    for (const dialect of ['native', 'pipe']) {
      it(`may not be ${what}: ${dialect}`, async () => {
        const file = join(temporaryDirectory(), 'bets.csv');
        make(file);
        const agency = startClient(1, 1, { CLI_DATA: file, CLI_DIALECT: dialect });
        expect((await agency.exited).code, agency.output).to.equal(1);
        const last = agency.lines.at(-1);
        expect(last).to.include(`code: DATA_UNREADABLE | error: ${file}: is ${named}`);
      });
    }
  }
});
