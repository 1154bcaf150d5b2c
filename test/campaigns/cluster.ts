/** `npm run cluster-faults -- [--runs N] [--seed S] [--minutes M] [--failovers]` */
import { parseArgs } from 'node:util';
import { clusterObstacle } from '../support/patroni';
import { describeClusterFaults, runClusterFaults } from './cluster-campaign';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '60' },
    failovers: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const obstacle = clusterObstacle();
if (obstacle !== undefined) {
  console.log(`skipped: ${obstacle}`);
} else {
  const seed = Number(values.seed);
  // An end through exit ends the nodes, too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  console.log(`seed ${String(seed)}`);
  const onProgress = (line: string): void => {
    console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  };
  const [runs, minutes] = [Number(values.runs), Number(values.minutes)];
  const failoversOnly = values.failovers;
  void runClusterFaults({ runs, minutes, seed, failoversOnly, onProgress }).then((report) => {
    console.log(describeClusterFaults(report));
    process.exitCode = report.problems.length === 0 ? 0 : 1;
  });
}
