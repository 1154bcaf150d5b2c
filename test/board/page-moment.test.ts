/** The moment at which the charts are read, in a browser. */
import { expect } from 'chai';
import { createFormats } from '../../web/src/formats';
import type { Sample } from '../../src/board/feed';
import { BROWSER_TIMEOUT_MS, untilInPage } from './browser';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';

/** The memory of a sample, as a chart writes it. */
function megabytes(sample: Sample | undefined): string {
  return createFormats('en').bytes(sample?.rssBytes ?? 0);
}

describe('reading the charts on the page', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('reads all charts at the moment that the pointer is at', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await board.open(scenario);
    await page
      .locator('.u-over')
      .nth(2)
      .hover({ position: { x: 1, y: 20 } });
    await page
      .locator('.moment')
      .getByText(/\d\d:\d\d:\d\d/)
      .waitFor();
    const [first] = scenario.full().samples;
    const rss = page.locator('figure', { hasText: 'Memory' }).locator('.value').first();
    expect(await rss.textContent()).to.equal(megabytes(first));
  });

  it('reads them by keyboard at a moment that stays, until the reader follows the latest again', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await board.open(scenario);
    const charts = page.getByRole('region', { name: 'Over time' });
    const slider = charts.getByRole('slider', { name: 'Choose a moment' });
    const rss = charts.locator('figure', { hasText: 'Memory' }).locator('.value').first();
    const latest = charts.getByRole('button', { name: 'Follow the latest' });
    expect(await latest.isDisabled()).to.equal(true);
    await slider.press('ArrowLeft');
    await slider.press('ArrowLeft');
    const chosen = scenario.full().samples.at(-3);
    const clock = createFormats('en').time(chosen?.atMs ?? 0);
    expect(await slider.getAttribute('aria-valuetext')).to.equal(clock);
    await charts.locator('.moment').getByText(clock, { exact: true }).waitFor();
    expect(await rss.textContent()).to.equal(megabytes(chosen));
    const lines = charts.locator('.u-cursor-x:not(.u-off)');
    await lines.nth(7).waitFor({ state: 'attached' });
    const before = await lines.first().boundingBox();
    await board.tickAndArrive(page, 20);
    expect(await slider.getAttribute('aria-valuetext')).to.equal(clock);
    expect(await rss.textContent()).to.equal(megabytes(chosen));
    // The line goes to the left with its moment.
    await untilInPage(
      page,
      `document.querySelector('.u-cursor-x').getBoundingClientRect().x < ${String((before?.x ?? 0) - 20)}`,
    );
    await slider.press('Home');
    expect(await rss.textContent()).to.equal(megabytes(scenario.full().samples[0]));
    await latest.click();
    expect(await rss.textContent()).to.equal(megabytes(scenario.full().samples.at(-1)));
    expect(await charts.locator('.moment').textContent()).to.equal('');
    await lines.first().waitFor({ state: 'detached' });
  });

  it('reads them by touch, at the moment that was tapped', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await board.open(scenario, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    });
    await page
      .locator('.u-over')
      .nth(2)
      .tap({ position: { x: 1, y: 20 } });
    const [first] = scenario.full().samples;
    const clock = createFormats('en').time(first?.atMs ?? 0);
    await page.locator('.moment').getByText(clock, { exact: true }).waitFor();
    const rss = page.locator('figure', { hasText: 'Memory' }).locator('.value').first();
    expect(await rss.textContent()).to.equal(megabytes(first));
  });

  it('chooses no moment for a finger that scrolls the page over a chart', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await board.open(scenario, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    });
    const plot = page.locator('.u-over').nth(2);
    await plot.scrollIntoViewIfNeeded();
    const { x = 0, y = 0 } = (await plot.boundingBox()) ?? {};
    const before = Number(await page.evaluate('scrollY'));
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove', downPx: number): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: [{ x: x + 20, y: y + 20 + downPx }],
      });
    await touch('touchStart', 0);
    for (let downPx = 20; downPx <= 200; downPx += 20) await touch('touchMove', downPx);
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await untilInPage(page, `scrollY < ${String(before - 100)}`);
    expect(await page.locator('.moment').textContent()).to.equal('');
  });

  it('draws no chart anew when only the pointer moves', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await board.open(scenario);
    // Whatever arrives meanwhile is not drawn.
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.evaluate(`{
      window.drawings = 0;
      const { prototype } = CanvasRenderingContext2D;
      const { clearRect } = prototype;
      prototype.clearRect = function (...rectangle) {
        window.drawings++;
        clearRect.apply(this, rectangle);
      };
    }`);
    const plot = page.locator('.u-over').first();
    let before = 'none';
    for (const x of [5, 60, 120]) {
      await plot.hover({ position: { x, y: 20 } });
      const moment = page.locator('.moment', { hasText: ':' }).filter({ hasNotText: before });
      before = (await moment.textContent()) ?? '';
    }
    expect(await page.evaluate('window.drawings')).to.equal(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    board.central.tick();
    await untilInPage(page, 'window.drawings > 0');
  });
});
