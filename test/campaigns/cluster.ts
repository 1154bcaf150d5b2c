/** `npm run cluster-faults -- [--runs N] [--seed S] [--minutes M] [--failovers]` */
import { parseArgs } from 'node:util';
import { clusterObstacle } from '../support/patroni';
import { whyNoStrace } from '../support/strace';
import { describeClusterFaults, runClusterFaults } from './cluster-campaign';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '60' },
    failovers: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const failoversOnly = values.failovers;
const obstacle = clusterObstacle() ?? (failoversOnly ? null : whyNoStrace());
if (obstacle !== null) {
  console.log(`skipped: ${obstacle}`);
} else {
  const seed = Number(values.seed);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  console.log(`seed ${String(seed)}`);
  const onProgress = (line: string): void => {
    console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  };
  const [runs, minutes] = [Number(values.runs), Number(values.minutes)];
  const options = { runs, minutes, seed, failoversOnly, onProgress, signal: stop.signal };
  void runClusterFaults(options).then((report) => {
    console.log(describeClusterFaults(report));
    if (stop.signal.aborted) console.log('stopped by a signal, in the middle of a lottery');
    // A lottery that was stopped waits on.
    process.exit(report.problems.length === 0 && !stop.signal.aborted ? 0 : 1);
  });
}
