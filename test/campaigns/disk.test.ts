/** `DISK_FAULTS=full` injects every code at every call, as `npm run disk` does. */
import { expect } from 'chai';
import { cleanUp } from '../support/program';
import { whyNoStrace } from '../support/strace';
import { runInjections } from './disk-campaign';
import { FULL_DISKS, runFullDisk, whyNoTmpfs } from './disk-full';
import { runPairs } from './disk-pairs';

describe('campaign: a failing disk', () => {
  afterEach(cleanUp);

  for (const disk of FULL_DISKS) {
    it(disk.name, async function () {
      this.timeout(60_000);
      const reason = disk.diskKib === undefined ? null : whyNoTmpfs();
      if (reason !== null) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      expect(await runFullDisk(disk)).to.deep.equal([]);
    });
  }

  it('every call that the central makes on its directory fails once', async function () {
    this.timeout(900_000);
    const reason = whyNoStrace();
    if (reason !== null) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    const report = await runInjections(process.env['DISK_FAULTS'] !== 'full', 2);
    expect(report.problems, report.summary).to.deep.equal([]);
    expect(report.faults).to.be.greaterThan(80);
  });

  it('pairs of failing calls, on the simulated disk', function () {
    this.timeout(300_000);
    const { pairs, problems } = runPairs(() => undefined, 30);
    expect(problems.slice(0, 5)).to.deep.equal([]);
    expect(pairs).to.be.greaterThan(500);
  });
});
