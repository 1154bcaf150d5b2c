/**
 * `CRASH_KILLS` (200), `CRASH_SEED` (of the day) and `CRASH_DAMAGE` (1) choose how much; `npm run crash`
 * does more.
 */
import { expect } from 'chai';
import { CrashCampaign, describeCrashes } from './crash-campaign';

const DAY_MS = 86_400_000;

describe('campaign: kill -9', () => {
  it('loses nothing, counts nothing twice, and draws once', async function () {
    this.timeout(600_000);
    const kills = Number(process.env['CRASH_KILLS'] ?? '200');
    const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Date.now() / DAY_MS));
    const damage = process.env['CRASH_DAMAGE'] !== '0';
    const onProgress = (): void => undefined;
    const campaign = new CrashCampaign({ kills, seed, lanes: 2, damage, onProgress });
    const report = await campaign.run();
    expect(report.failures, describeCrashes(report)).to.deep.equal([]);
    expect(report.kills).to.equal(kills);
  });
});
