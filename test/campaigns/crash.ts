/** `npm run crash -- --runs KILLS [--seed S] [--lanes N] [--no-damage]` */
import { parseArgs } from 'node:util';
import { CrashCampaign, describeCrashes } from './crash-campaign';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    lanes: { type: 'string', default: '2' },
    damage: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const kills = Number(values.runs);
const seed = Number(values.seed);
console.log(`seed ${String(seed)}`);
const campaign = new CrashCampaign({
  kills,
  seed,
  lanes: Number(values.lanes),
  damage: values.damage,
  onProgress: (done) => {
    if (done % 100 === 0) console.log(`${String(done)} of ${String(kills)} kills`);
  },
});
void campaign.run().then((report) => {
  console.log(describeCrashes(report));
  process.exitCode = report.failures.length === 0 ? 0 : 1;
});
