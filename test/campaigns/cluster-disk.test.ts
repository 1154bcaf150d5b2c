/** The full disk of the cluster campaign, on a process that only writes. */
import { expect } from 'chai';
import { cleanUp, Program, temporaryDirectory } from '../support/program';
import { whyNoStrace } from '../support/strace';
import { FullDisk } from './cluster-disk';

/** Writes at the start of a file, again and again, and prints how that ended each time. */
const WRITER = `
  const fs = require('node:fs');
  const fd = fs.openSync('file', 'w');
  setInterval(() => {
    try {
      fs.writeSync(fd, 'bytes', 0);
      console.log('written');
    } catch ({ code }) {
      console.log(code);
    }
  }, 5);
`;

describe('full disk of the cluster campaign', function () {
  this.timeout(60_000);

  before(function () {
    const obstacle = whyNoStrace();
    if (obstacle === null) return;
    console.log(`      skipped: ${obstacle}`);
    this.skip();
  });
  afterEach(cleanUp);

  function started(script: string): Program {
    return new Program(process.execPath, ['-e', script], {}, temporaryDirectory());
  }

  /** @param firstMs how long it waits for a call of it */
  function diskOf({ pid }: Program, firstMs = 15_000): FullDisk {
    return new FullDisk({ processesOf: () => [pid] }, 0, firstMs);
  }

  it('fails what needs space until it is freed, and knows that it did', async () => {
    const writer = started(WRITER);
    await writer.waitFor('written');
    const disk = diskOf(writer);
    await disk.fill();
    expect(disk.hasStruck).to.equal(true);
    await writer.waitFor('ENOSPC');
    await disk.free();
    const before = writer.matching('written').length;
    await writer.waitFor('written', before + 1);
    expect(disk.hasStruck).to.equal(true);
  });

  it('knows that nothing needed space', async () => {
    const idle = started('console.log("up"); setInterval(() => undefined, 1_000)');
    await idle.waitFor('up');
    const disk = diskOf(idle, 200);
    await disk.fill();
    await disk.free();
    expect(disk.hasStruck).to.equal(false);
  });

  it('fails when no process can be traced', async () => {
    const over = started('');
    await over.exited;
    const disk = diskOf(over);
    let reason: unknown = null;
    await disk.fill().catch((error: unknown) => (reason = error));
    expect(String(reason)).to.include('strace ended: ').and.include('No such process');
    await disk.free();
  });
});
