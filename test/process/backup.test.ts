/** docs/OPERATIONS.md, "Backup and restore": what a copy of a paused central is worth. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';

const BETS = 3000;
/** Moments of the copies: batches of ten that were acknowledged. */
const COPIES_AFTER_BATCHES = [20, 100, 200];

/** Stops a process, and waits until the system says so. */
async function suspend(program: Program): Promise<void> {
  program.signal('SIGSTOP');
  const state = (): string | undefined =>
    /\) (\S)/.exec(readFileSync(`/proc/${String(program.pid)}/stat`, 'latin1'))?.[1];
  while (state() !== 'T') await pause(5);
}

function storedBy(agency: Program): number {
  const last = agency.matching('action: batch_stored').at(-1);
  return Number(/stored: (\d+)/.exec(last ?? '')?.[1]);
}

async function run(program: Program): Promise<number | null> {
  return (await program.exited).code;
}

describe('a copy of DATA_DIR', () => {
  afterEach(cleanUp);

  it('of a paused central has all that was acknowledged, and the agency sends the rest', async function () {
    this.timeout(60_000);
    const data = join(temporaryDirectory(), 'agency-1.csv');
    const row = (i: number): string =>
      `Nora,Paz,${String(30_000_000 + i)},1988-04-23,${String(i)}\n`;
    writeFileSync(data, Array.from({ length: BETS }, (_, i) => row(i)).join(''));
    const settings = { AGENCIES: '1' };
    const sends = { CLI_DATA: data, CLI_BATCH_MAXAMOUNT: '10', CLI_BATCH_WINDOW: '1' };
    const central = await startServer(settings);
    const agency = startClient(central.port, 1, { ...sends, CLI_LOG_LEVEL: 'DEBUG' });

    const copies: { path: string; acknowledged: number }[] = [];
    for (const batches of COPIES_AFTER_BATCHES) {
      await agency.waitFor('action: batch_stored', batches);
      const acknowledged = storedBy(agency);
      await suspend(central.program);
      const path = join(temporaryDirectory(), 'copy');
      execFileSync('cp', ['-a', central.dataDirectory, path]);
      central.program.signal('SIGCONT');
      copies.push({ path, acknowledged });
    }
    expect(await run(agency), agency.output).to.equal(0);
    const whole = readFileSync(join(central.dataDirectory, 'bets.csv'), 'utf8');
    expect(whole.split('\n').length).to.equal(BETS + 1);

    for (const { path, acknowledged } of copies) {
      const verified = loteria(['verify', path]);
      // Rows may be on their way from the journal to bets.csv; a start completes them.
      if ((await run(verified)) !== 0) expect(verified.output).to.include('STORE_INCOMPLETE');
      const restored = await startServer(settings, path);
      const found = await restored.program.waitFor('action: recover');
      const stored = Number(/bets: (\d+)/.exec(found)?.[1]);
      expect(stored).to.be.at.least(acknowledged).and.below(BETS);
      const again = startClient(restored.port, 1, sends);
      expect(await run(again), again.output).to.equal(0);
      restored.program.signal('SIGTERM');
      expect(await run(restored.program), restored.program.output).to.equal(0);
      expect(readFileSync(join(path, 'bets.csv'), 'utf8')).to.equal(whole);
      const complete = loteria(['verify', path]);
      expect(await run(complete), complete.output).to.equal(0);
    }
  });
});
