/** `npm run trace -- [--batches N]` */
import { parseArgs } from 'node:util';
import { whyNoStrace } from '../support/strace';
import { describeTraces, runTraces } from './trace-campaign';

const { values } = parseArgs({ options: { batches: { type: 'string', default: '100000' } } });
const reason = whyNoStrace();
if (reason !== null) {
  console.log(`skipped: ${reason}`);
} else {
  void runTraces(Number(values.batches)).then((report) => {
    console.log(describeTraces(report));
    process.exitCode = report.problems.length === 0 ? 0 : 1;
  });
}
