/** What the page does when its central is slow, gone, full, or another one. */
import { expect } from 'chai';
import { BROWSER_TIMEOUT_MS } from './browser';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';
import { ofVersion, startedAgain } from './shows';

describe('the page and its central', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('says that it lost the central, keeps its last state, and recovers', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 15; i++) scenario.next();
    const page = await board.open(scenario);
    const stored = page.locator('.figures dd').first();
    const before = await stored.textContent();
    await board.central.stop();
    await page.getByRole('alert').getByText('The central does not answer.').waitFor();
    expect(await stored.textContent()).to.equal(before);
    scenario.next();
    await board.startAgain(scenario);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('The central does not answer.').waitFor({ state: 'detached' });
    expect(await stored.textContent()).to.equal(scenario.state.bets.toLocaleString('en'));
  });

  it('counts the time since the last answer by a clock that nobody sets', async () => {
    const page = await board.open(new Scenario({ agencies: 5, bets: 20_000 }));
    await page.evaluate(`{
      const now = Date.now;
      Date.now = () => now() + 3_600_000;
    }`);
    await board.central.stop();
    await page.getByText(/Last answer \d+ s ago\./).waitFor();
  });

  it('speaks of the moment of the pause when it loses the central while it is paused', async () => {
    const page = await board.open(new Scenario({ agencies: 5, bets: 20_000 }));
    await page.getByRole('button', { name: 'Pause' }).click();
    await board.central.stop();
    const alert = page.getByRole('alert');
    await alert.getByText('What you see is its state when you paused the page').waitFor();
    expect(await alert.getByText('its last state').count()).to.equal(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await alert.getByText('What you see is its last state').waitFor();
  });

  it('says while it is paused that the central was started again', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 9; i++) scenario.next();
    const page = await board.open(scenario);
    await page.getByRole('button', { name: 'Pause' }).click();
    await board.central.stop();
    await board.startAgain(startedAgain(scenario));
    const status = page.getByRole('status');
    await status.getByText('The central was started again. What you see is from before').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await status.getByText('The central was started again.').waitFor({ state: 'detached' });
  });

  it('distinguishes a central with all the viewers that it takes from one that is gone', async () => {
    const page = await board.open(new Scenario({ agencies: 5, bets: 20_000 }));
    board.central.refuseViewers();
    await page.getByRole('alert').getByText('as many viewers as it may').waitFor();
  });

  it('does not speak of viewers when its events are lost for another reason', async () => {
    const page = await board.open(new Scenario({ agencies: 5, bets: 20_000 }));
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'HEAD') asked++;
    });
    board.central.loseViewers();
    await page.getByRole('alert').getByText('The central does not answer.').waitFor();
    // It asks why after each attempt; the second time, the first answer has been shown.
    while (asked < 2) await page.waitForRequest((request) => request.method() === 'HEAD');
    expect(await page.getByText('as many viewers as it may').count()).to.equal(0);
  });

  it('waits for its first event over a slow line', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    let opened = 0;
    const page = await board.open({
      fullDelayMs: 6_500,
      full: () => {
        opened++;
        return scenario.full();
      },
      next: () => scenario.next(),
    });
    expect(opened).to.equal(1);
    await page.getByText('live', { exact: true }).waitFor();
  });

  it('offers to load itself again when the central has become another version', async () => {
    const scenario = new Scenario({ agencies: 2, bets: 1_000 });
    const page = await board.open(scenario);
    await board.central.stop();
    await board.startAgain(ofVersion(scenario, '1.1.0'));
    await page.getByText('The central is now version 1.1.0.').waitFor();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByText('1.1.0', { exact: false }).waitFor();
    expect(await page.getByRole('button', { name: 'Load the page again' }).count()).to.equal(0);
  });

  it('stands still when it is paused, and then shows what has come meanwhile', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 9; i++) scenario.next();
    const page = await board.open(scenario);
    const stored = page.locator('.figures dd').first();
    const before = await stored.textContent();
    await page.getByRole('button', { name: 'Pause' }).click();
    await board.tickAndArrive(page, 2);
    expect(await stored.textContent()).to.equal(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    const after = scenario.state.bets.toLocaleString('en');
    await stored.getByText(after, { exact: true }).waitFor();
  });
});
