/** `TRACE_BATCHES` (3000) chooses how many; `npm run trace` has 100,000. */
import { expect } from 'chai';
import { whyNoStrace } from '../support/strace';
import { describeTraces, runTraces } from './trace-campaign';

describe('campaign: acknowledgements wait for the disk', () => {
  it('in a trace of the real central', async function () {
    this.timeout(300_000);
    const reason = whyNoStrace();
    if (reason !== null) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    const report = await runTraces(Number(process.env['TRACE_BATCHES'] ?? '3000'));
    expect(report.problems, describeTraces(report)).to.deep.equal([]);
  });
});
