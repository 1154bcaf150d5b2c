/** `npm run disk -- [--quick] [--pairs] [--lanes N]` */
import { parseArgs } from 'node:util';
import { cleanUp } from '../support/program';
import { whyNoStrace } from '../support/strace';
import { runInjections } from './disk-campaign';
import { FULL_DISKS, runFullDisk, whyNoTmpfs } from './disk-full';
import { runPairs } from './disk-pairs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    pairs: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '2' },
  },
});

async function main(): Promise<string[]> {
  if (values.pairs) {
    const { pairs, problems } = runPairs((text) => {
      console.log(text);
    });
    console.log(`${String(pairs)} pairs of failing calls`);
    return problems;
  }
  const problems: string[] = [];
  const noTmpfs = whyNoTmpfs();
  for (const disk of FULL_DISKS) {
    if (disk.diskKib !== undefined && noTmpfs !== null) {
      console.log(`${disk.name}: skipped: ${noTmpfs}`);
      continue;
    }
    const found = await runFullDisk(disk);
    console.log(`${disk.name}: ${found.length === 0 ? 'as it should be' : 'FAILED'}`);
    problems.push(...found);
  }
  const noStrace = whyNoStrace();
  if (noStrace !== null) {
    console.log(`injected faults: skipped: ${noStrace}`);
    return problems;
  }
  const report = await runInjections(values.quick, Number(values.lanes));
  console.log(report.summary);
  return [...problems, ...report.problems];
}

void main()
  .finally(cleanUp)
  .then((problems) => {
    for (const problem of problems.slice(0, 20)) console.log(problem);
    console.log(
      problems.length === 0 ? 'all as it should be' : `${String(problems.length)} FAILED`,
    );
    process.exitCode = problems.length === 0 ? 0 : 1;
  });
