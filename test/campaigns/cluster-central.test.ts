/** A central of the cluster campaign whose start is refused: it is repeated, and never runs twice. */
import { expect } from 'chai';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../support/free-ports';
import { processesIn } from '../support/folder-processes';
import { cleanUp, temporaryDirectory } from '../support/program';
import { ReplyLedger } from '../support/reply-ledger';
import { until } from '../support/until';
import { CampaignCentral, RESTART_MS } from './cluster-central';

describe('a central of the cluster campaign', function () {
  this.timeout(60_000);
  let central: CampaignCentral;

  afterEach(async () => {
    await central.kill();
    central.close();
    await cleanUp();
  });

  it('that was killed and started again after a refused start runs once', async () => {
    const directory = realpathSync(temporaryDirectory());
    const nodes = await freePorts(1);
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, 'secret\n');
    central = await CampaignCentral.open({
      ...{ name: 'central', directory, nodes, passwordFile, agencies: 1 },
      ledger: new ReplyLedger(),
    });
    central.start();
    await until('a start that was refused', () => central.refusedStarts === 1);
    // From here on a start waits for an answer.
    central.cut('mute');
    await central.kill();
    central.start();
    await sleep(2 * RESTART_MS);
    expect(processesIn(directory)).to.have.length(1);
    expect(central.problems).to.deep.equal([]);
  });
});
