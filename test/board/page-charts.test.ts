/** Charts and turns in a browser. */
import { expect } from 'chai';
import { BROWSER_TIMEOUT_MS, untilInPage } from './browser';
import { createFormats } from '../../web/src/formats';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';
import { drawn, ofDatabase, startedAgain, withError, clockSet } from './shows';

describe('the charts and turns on the page', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('keeps its charts when the central comes back without its past, with the gap shaded', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 20; i++) scenario.next();
    const page = await board.open(scenario);
    const hint = page.locator('#charts-title + .hint');
    expect(await hint.textContent()).to.match(/^The last 20 s\.[^]*moment\.$/);
    await board.central.stop();
    for (let i = 0; i < 4; i++) scenario.next();
    await board.startAgain(startedAgain(scenario));
    await page.getByText('live', { exact: true }).waitFor();
    expect(await hint.textContent()).to.match(/^The last 20 s\./);
    board.central.tick();
    await hint.getByText('Shaded: no numbers were received; the central was restarted.').waitFor();
    expect(await hint.textContent()).to.match(/^The last 25 s\./);
    const rate = page.locator('figure', { hasText: 'Bets per second' }).getByRole('img');
    expect(await rate.getAttribute('aria-label')).to.match(/highest [1-9]/);
    // Who comes now gets what the central has.
    await page.reload();
    await hint.getByText('The last 1 s.').waitFor();
    await page.getByText(/in the last 1 s\./).waitFor();
  });

  it('has no numbers before the first sample', async () => {
    const page = await board.open(new Scenario({ agencies: 2, bets: 100 }));
    await page.locator('#charts-title + .hint').getByText('No numbers yet.').waitFor();
    await page.getByText('No turn yet').waitFor();
  });

  it('forgets the charts of another lottery, which has as many bets and is not drawn', async () => {
    const scenario = drawn(5);
    const page = await board.open(scenario);
    const hint = page.locator('#charts-title + .hint');
    await hint.getByText('The last ').waitFor();
    await board.central.stop();
    scenario.next();
    await board.startAgain(startedAgain(scenario, { phase: 'loading', draw: null }));
    await hint.getByText('No numbers yet.').waitFor();
  });

  for (const [way, byMs] of [
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ] as const) {
    it(`shows the same when the central's clock is set ${way}: its figures, and charts without a gap`, async () => {
      const scenario = new Scenario({ agencies: 5, bets: 20_000 });
      for (let i = 0; i < 20; i++) scenario.next();
      const page = await board.open(clockSet(withError(scenario, 4, 17_000), byMs));
      const hint = page.locator('#charts-title + .hint');
      board.central.tick();
      board.central.tick();
      await hint.getByText('The last 22 s.').waitFor();
      await page.getByText('running for 22 s ').waitFor();
      const failed = page.locator('tbody tr', { hasText: 'BUSY' }).locator('.cell-error');
      expect(await failed.allTextContents()).to.deep.equal(['BUSY, 5 s ago']);
      expect(await hint.textContent()).to.match(/moment\.$/);
      const figure = (name: string): Promise<string | null> =>
        page.locator('.figures div', { hasText: name }).locator('dd').textContent();
      const recent = scenario.full().samples.slice(-5);
      const rate = recent.reduce((sum, { bets }) => sum + bets, 0) / recent.length;
      expect(await figure('Bets per second')).to.equal(Math.round(rate).toLocaleString('en'));
      expect(await figure('Connections')).to.equal('5');
      await page
        .locator('.u-over')
        .first()
        .hover({ position: { x: 1, y: 20 } });
      // What the clock said then, as it stands in the central's log.
      const [first] = scenario.full().samples;
      const clock = createFormats('en').time(first?.atMs ?? 0);
      await page.locator('.moment').getByText(clock, { exact: true }).waitFor();
    });
  }

  it('shows how long commits take where a database syncs, and no fdatasync', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await board.open(ofDatabase(scenario));
    const last = scenario.full().samples.at(-1);
    const expected = createFormats('en').milliseconds(last?.commitP99Ms ?? 0);
    const figure = page.locator('.figures div', { hasText: 'Commit p99' }).locator('dd');
    expect(await figure.textContent()).to.equal(expected);
    const chart = page.locator('figure', { hasText: 'Time of a commit' });
    expect(await chart.locator('.value').allTextContents()).to.include(expected);
    await page.getByText('One transaction for the bets of everybody').waitFor();
    expect(await page.getByText('fdatasync').count()).to.equal(0);
  });

  it('shows no time of fdatasync where none was called', async () => {
    const page = await board.open(new Scenario({ agencies: 2, bets: 100 }));
    board.central.tick();
    const figure = page.locator('.figures div', { hasText: 'fdatasync p99' }).locator('dd');
    const chart = page.locator('figure', { hasText: 'Time of fdatasync' });
    expect(await figure.textContent()).to.equal('–');
    expect(await chart.locator('.value').allTextContents()).to.deep.equal(['–', '–']);
  });

  it('keeps the turns that somebody looks at, and marks the slow ones', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await board.open(scenario);
    const turns = page.getByRole('region', { name: 'Inside the event loop' });
    const slider = turns.getByRole('slider', { name: 'Choose a turn' });
    const latest = await slider.getAttribute('aria-valuetext');
    await slider.press('ArrowLeft');
    const chosen = await slider.getAttribute('aria-valuetext');
    expect(chosen)
      .to.match(/^Turn 4,810, /)
      .and.not.equal(latest);
    await board.tickAndArrive(page, 1);
    expect(await slider.getAttribute('aria-valuetext')).to.equal(chosen);
    await turns.getByText('in the last 13 s. The slowest, one of each second at most:').waitFor();
    await turns.getByRole('button', { name: 'Follow the latest' }).click();
    await turns.locator('[aria-valuetext^="Turn 5,211, "]').waitFor();
    expect(await turns.locator('g.slow').count()).to.be.greaterThan(0);
    await turns
      .getByRole('button', { name: /· parse$/ })
      .first()
      .click();
    await turns.getByText('slow', { exact: true }).waitFor();
    expect(await slider.getAttribute('aria-valuetext')).to.match(/^Turn 4,003, /);
  });

  it('writes the numbers of the axes apart from one another, and inside the chart', async () => {
    const scenario = new Scenario({ agencies: 2, bets: 900 });
    // The five minutes that are shown begin with a whole minute, which is written at the edge.
    for (let i = 0; i < 358; i++) scenario.next();
    const page = await board.open(scenario);
    await page.evaluate(`{
      window.written = new Map();
      const { prototype } = CanvasRenderingContext2D;
      const { clearRect, fillText } = prototype;
      prototype.clearRect = function (...rectangle) {
        window.written.set(this.canvas, []);
        clearRect.apply(this, rectangle);
      };
      prototype.fillText = function (text, x, y) {
        const box = this.measureText(text);
        window.written.get(this.canvas).push({
          text,
          left: x - box.actualBoundingBoxLeft,
          right: x + box.actualBoundingBoxRight,
          top: y - box.actualBoundingBoxAscent,
          bottom: y + box.actualBoundingBoxDescent,
        });
        fillText.call(this, text, x, y);
      };
    }`);
    await board.tickAndArrive(page, 1);
    await untilInPage(page, 'window.written.size === 8');
    const wrong = await page.evaluate(`[...window.written].flatMap(([canvas, boxes]) => {
      const touching = boxes.flatMap((a, i) =>
        boxes
          .slice(i + 1)
          .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          .map((b) => a.text + ' touches ' + b.text),
      );
      const outside = boxes
        .filter(({ left, right, top, bottom }) =>
          left < 0 || right > canvas.width || top < 4 || bottom > canvas.height)
        .map(({ text }) => text + ' is at the edge');
      return boxes.length < 3 ? ['few numbers'] : [...touching, ...outside];
    })`);
    expect(wrong).to.deep.equal([]);
  });
});
