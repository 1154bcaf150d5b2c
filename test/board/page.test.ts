/** The built page in a browser, with the events of an invented lottery. */
import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { AgencyRow, BoardState, DeltaEvent, FullEvent, Sample } from '../../src/board/feed';
import { BROWSER_TIMEOUT_MS, browserForSuite, type TestPage } from './browser';
import { createFormats } from '../../web/src/formats';
import { DOCUMENTS, startFakeCentral, TOKEN, type FakeCentral, type Show } from './fake-central';
import { Scenario } from './scenario';

describe('the page of the board in a browser', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const browser = browserForSuite();
  let central: FakeCentral | undefined;
  let watched: TestPage | undefined;

  afterEach(async () => {
    const [page, server] = [watched, central];
    watched = undefined;
    central = undefined;
    try {
      await page?.close();
    } finally {
      await server?.stop();
    }
  });

  /** Opens the page on a lottery, and waits until it shows it. */
  async function open(show: Show, options: BrowserContextOptions = {}): Promise<Page> {
    central = await startFakeCentral(show);
    watched = await browser().open(central.url, options);
    const { page } = watched;
    await page.locator('.figures').waitFor();
    return page;
  }

  it('shows how the agencies come, load, wait and get their winners', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 5_000 });
    const page = await open(scenario);
    const places = page.locator('.place h3 b');
    expect(await places.allTextContents()).to.deep.equal(['5', '0', '0', '0']);
    expect(await page.title()).to.equal('0/5 · Lotería Nacional');
    const { length } = scenario.until(({ finished }) => finished === 2).full().agencies;
    expect(length).to.equal(5);
    await watched?.page.reload();
    await page.getByRole('heading', { name: 'Missing: 3 agencies' }).waitFor();
    expect(await places.allTextContents()).to.deep.equal(['0', '3', '2', '0']);
    expect(await page.locator('.places.shut').count()).to.equal(1);
    while (scenario.state.draw === null) central?.tick();
    await page.getByRole('heading', { name: 'The draw has been made' }).waitFor();
    expect(await page.locator('.places.open .number-ball').textContent()).to.equal('7574');
    central?.tick();
    await page.locator('.place.served', { hasText: 'Winners ready 5' }).waitFor();
    expect(await page.locator('.missing').count()).to.equal(0);
  });

  it('lists agencies with what an operator asks for', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 33; i++) scenario.next();
    const page = await open(scenario);
    const row = scenario.full().agencies[3];
    if (row === undefined) throw new Error('the scenario has five agencies');
    const cells = page.locator('tbody tr').nth(3).locator('th, td');
    expect(await cells.allTextContents()).to.deep.equal([
      '4',
      'loading',
      row.stored.toLocaleString('en'),
      (row.stored + row.inFlight).toLocaleString('en'),
      '',
      String(row.unanswered),
      '',
      '1',
      '',
      row.address,
      'BUSY, 4 s ago',
    ]);
  });

  it('counts connections, in words, where an agency opens one for each message', async () => {
    const scenario = new Scenario({ agencies: 2, bets: 2_000 });
    const page = await open(withRow(scenario, 2, { connections: 31 }));
    const cells = page.locator('tbody tr td:nth-child(8)');
    expect(await cells.allTextContents()).to.deep.equal(['', '31 connections']);
  });

  it('sorts them by what the cell shows', async () => {
    const scenario = new Scenario({ agencies: 3, bets: 2_000 });
    const some = withRow(withRow(scenario, 1, { reconnects: 2 }), 2, { connections: 31 });
    const page = await open(withRow(some, 3, { reconnects: 4, connections: 30 }));
    await page.getByRole('button', { name: 'Reconnects' }).click();
    const cells = page.locator('tbody tr td:nth-child(8)');
    expect(await cells.allTextContents()).to.deep.equal([
      '4 + 30 connections',
      '31 connections',
      '2',
    ]);
  });

  it('shows only the rows that can be seen of 10,000, and reaches all of them', async () => {
    const scenario = new Scenario({ agencies: 10_000, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await open(scenario);
    central?.tick();
    await page.getByText('10,000 agencies', { exact: true }).waitFor();
    const rows = page.locator('tbody tr:not(.gap)');
    expect(await rows.count()).to.be.within(15, 80);
    expect(await page.locator('.dots i').count()).to.be.within(200, 400);
    await page.getByRole('region', { name: 'Table of agencies' }).press('End');
    await page.getByRole('rowheader', { name: '10000', exact: true }).waitFor();
    expect(await rows.count()).to.be.within(15, 80);
    expect(await rows.last().getAttribute('aria-rowindex')).to.equal('10001');
    await page.getByRole('searchbox', { name: 'Filter' }).fill('9876');
    await page.getByText('1 of 10,000 agencies').waitFor();
    expect(await rows.locator('th').allTextContents()).to.deep.equal(['9876']);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('nothing of the kind');
    await page.getByText('No agency matches the filter.').waitFor();
  });

  it('sorts and filters with the keyboard alone', async () => {
    const scenario = new Scenario({ agencies: 9, bets: 20_000 });
    for (let i = 0; i < 32; i++) scenario.next();
    const page = await open(scenario);
    const numbers = page.locator('tbody tr:not(.gap) th');
    const byStored = [...scenario.full().agencies]
      .sort((a, b) => b.stored - a.stored)
      .map(({ agency }) => String(agency));
    await page.getByRole('button', { name: 'Bets stored' }).press('Enter');
    expect(await numbers.allTextContents()).to.deep.equal(byStored);
    const header = page.getByRole('columnheader', { name: 'Bets stored' });
    expect(await header.getAttribute('aria-sort')).to.equal('descending');
    await page.getByRole('button', { name: 'Bets stored' }).press('Enter');
    expect(await numbers.allTextContents()).to.deep.equal([...byStored].reverse());
    await page.getByRole('radio', { name: 'All' }).press('ArrowRight');
    const missing = scenario.full().agencies.filter(({ finished }) => !finished).length;
    expect(missing).to.be.within(1, 8);
    await page.getByText(`${String(missing)} of 9 agencies`).waitFor();
    expect(await numbers.count()).to.equal(missing);
  });

  for (const locale of ['en', 'es-AR']) {
    it(`cuts off neither columns' names, whichever one sorts, nor states, nor numbers: ${locale}`, async () => {
      const scenario = new Scenario({ agencies: 40, bets: 100 });
      const large: Partial<AgencyRow> = {
        ...{ stored: 9_999_000, inFlight: 1_234, unanswered: 999, rejected: 99_999 },
        ...{ reconnects: 9_999, winners: 99_999, connection: 'waiting' },
      };
      // A window of 1280 pixels leaves so much beside the scrollbars of the page and of the table.
      const page = await open(withRow(scenario, 1, large), {
        locale,
        viewport: { width: 1250, height: 860 },
      });
      const cut = `[...document.querySelectorAll('thead button, .cell-state, tbody .figure')]
        .filter((cell) => cell.scrollWidth > cell.clientWidth)
        .map((cell) => cell.textContent)`;
      const buttons = await page.locator('thead button').all();
      expect(buttons.length).to.equal(11);
      for (const button of buttons) {
        await button.press('Enter');
        expect(await page.evaluate(cut)).to.deep.equal([]);
      }
      const search = `{
        const input = document.querySelector('input[type=search]');
        input.value = input.placeholder;
        input.scrollWidth - input.clientWidth;
      }`;
      expect(await page.evaluate(search)).to.equal(0);
      const inTable = `document.querySelector('.table').scrollWidth -
        document.querySelector('.table').clientWidth`;
      expect(await page.evaluate(inTable)).to.equal(0);
    });
  }

  it('leads past the header to the table, for those who read with the keyboard', async () => {
    const page = await open(new Scenario({ agencies: 3, bets: 1_000 }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('agencies');
  });

  it('says that it lost the central, keeps its last state, and recovers', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 15; i++) scenario.next();
    const page = await open(scenario);
    const stored = page.locator('.figures dd').first();
    const before = await stored.textContent();
    const port = central?.port;
    await central?.stop();
    await page.getByRole('alert').getByText('The central does not answer.').waitFor();
    expect(await stored.textContent()).to.equal(before);
    scenario.next();
    central = await startFakeCentral(scenario, port);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('The central does not answer.').waitFor({ state: 'detached' });
    expect(await stored.textContent()).to.equal(scenario.state.bets.toLocaleString('en'));
  });

  it('keeps its charts when the central comes back without its past, with the gap shaded', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 20; i++) scenario.next();
    const page = await open(scenario);
    const hint = page.locator('#charts-title + .hint');
    expect(await hint.textContent()).to.match(/^The last 20 s\.[^]*moment\.$/);
    const port = central?.port;
    await central?.stop();
    for (let i = 0; i < 4; i++) scenario.next();
    central = await startFakeCentral(startedAgain(scenario), port);
    await page.getByText('live', { exact: true }).waitFor();
    expect(await hint.textContent()).to.match(/^The last 20 s\./);
    central.tick();
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
    const page = await open(new Scenario({ agencies: 2, bets: 100 }));
    await page.locator('#charts-title + .hint').getByText('No numbers yet.').waitFor();
    await page.getByText('No turn yet').waitFor();
  });

  it('forgets the charts of another lottery, which has as many bets and is not drawn', async () => {
    const scenario = drawn(5);
    const page = await open(scenario);
    const hint = page.locator('#charts-title + .hint');
    await hint.getByText('The last ').waitFor();
    const port = central?.port;
    await central?.stop();
    scenario.next();
    central = await startFakeCentral(
      startedAgain(scenario, { phase: 'loading', draw: null }),
      port,
    );
    await hint.getByText('No numbers yet.').waitFor();
  });

  for (const [way, byMs] of [
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ] as const) {
    it(`shows the same when the central's clock is set ${way}: its figures, and charts without a gap`, async () => {
      const scenario = new Scenario({ agencies: 5, bets: 20_000 });
      for (let i = 0; i < 20; i++) scenario.next();
      const page = await open(clockSet(withError(scenario, 4, 17_000), byMs));
      const hint = page.locator('#charts-title + .hint');
      central?.tick();
      central?.tick();
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

  it('tells a central with all the viewers that it takes from one that is gone', async () => {
    const page = await open(new Scenario({ agencies: 5, bets: 20_000 }));
    central?.refuseViewers();
    await page.getByRole('alert').getByText('as many viewers as it may').waitFor();
  });

  it('does not speak of viewers when its events are lost for another reason', async () => {
    const page = await open(new Scenario({ agencies: 5, bets: 20_000 }));
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'HEAD') asked++;
    });
    central?.loseViewers();
    await page.getByRole('alert').getByText('The central does not answer.').waitFor();
    // It asks why after each attempt; the second time, the first answer has been shown.
    while (asked < 2) await page.waitForRequest((request) => request.method() === 'HEAD');
    expect(await page.getByText('as many viewers as it may').count()).to.equal(0);
  });

  it('waits for its first event over a slow line', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    let opened = 0;
    const page = await open({
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
    const page = await open(scenario);
    const port = central?.port;
    await central?.stop();
    central = await startFakeCentral(ofVersion(scenario, '1.1.0'), port);
    await page.getByText('The central is now version 1.1.0.').waitFor();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByText('1.1.0', { exact: false }).waitFor();
    expect(await page.getByRole('button', { name: 'Load the page again' }).count()).to.equal(0);
  });

  it('stands still when it is paused, and then shows what has come meanwhile', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 9; i++) scenario.next();
    const page = await open(scenario);
    const stored = page.locator('.figures dd').first();
    const before = await stored.textContent();
    await page.getByRole('button', { name: 'Pause' }).click();
    central?.tick();
    central?.tick();
    // Time enough for what has been sent to arrive, and to be shown if it were.
    await page.waitForTimeout(300);
    expect(await stored.textContent()).to.equal(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    const after = scenario.state.bets.toLocaleString('en');
    await stored.getByText(after, { exact: true }).waitFor();
  });

  it('shows the draw, its digest, and how anybody verifies it', async () => {
    const scenario = drawn(5);
    const page = await open(scenario);
    const draw = page.getByRole('region', { name: 'The draw', exact: true });
    const { draw: result, commitment } = scenario.state;
    await draw.getByText(result?.betsDigest ?? 'no digest').waitFor();
    await draw.getByText(commitment ?? 'no commitment').waitFor();
    const bets = scenario.state.bets.toLocaleString('en');
    await draw.getByText(`No, up to the acta. To write it, the central read every bet`).waitFor();
    await draw.getByText(`${bets} in all, and count and checksum of each agency`).waitFor();
    await draw.getByText('Digest of all bets (chained SHA-256)').waitFor();
    await draw.getByText('once the central has ended').waitFor();
    await draw.getByText('loteria verify data').waitFor();
    const winners = scenario
      .full()
      .agencies.map((row) => `Agency ${String(row.agency)}${String(row.winners)}`);
    expect(await draw.locator('.winners li').allTextContents()).to.deep.equal(winners);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      draw.getByRole('link', { name: 'Download the acta' }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal(`acta-${result?.id ?? ''}.json`);
    expect(await download.failure()).to.equal(null);
  });

  it('does not speak of an acta that is still being written', async () => {
    const page = await open(
      new Scenario({ agencies: 2, bets: 900 }).until(({ draw }) => draw !== null),
    );
    const draw = page.getByRole('region', { name: 'The draw', exact: true });
    await draw.getByText('The acta is being written').waitFor();
    expect(await draw.getByRole('link', { name: 'Download the acta' }).count()).to.equal(0);
    expect(await draw.getByText('No, up to the acta.').count()).to.equal(0);
  });

  for (const [code, isDamaged] of [
    ['STORE_DAMAGED', true],
    ['STORE_IO', false],
  ] as const) {
    it(`says that the acta failed, and does not speak of one to come: ${code}`, async () => {
      const page = await open(actaFailing(drawn(2), code));
      const draw = page.getByRole('region', { name: 'The draw', exact: true });
      await draw.getByRole('alert').getByText(`The acta could not be written (${code})`).waitFor();
      const damaged = draw.getByText('The bets or the acta are not what was stored.');
      expect(await damaged.count()).to.equal(Number(isDamaged));
      expect(await draw.getByText('The acta is being written').count()).to.equal(0);
      expect(await draw.getByText('No, up to the acta.').count()).to.equal(0);
      expect(await draw.getByRole('link', { name: 'Download the acta' }).count()).to.equal(0);
    });
  }

  it('shows how long commits take where a database syncs, and no fdatasync', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await open(ofDatabase(scenario));
    const last = scenario.full().samples.at(-1);
    const expected = createFormats('en').milliseconds(last?.commitP99Ms ?? 0);
    const figure = page.locator('.figures div', { hasText: 'Commit p99' }).locator('dd');
    expect(await figure.textContent()).to.equal(expected);
    const chart = page.locator('figure', { hasText: 'Time of a commit' });
    expect(await chart.locator('output').allTextContents()).to.include(expected);
    await page.getByText('One transaction for the bets of everybody').waitFor();
    expect(await page.getByText('fdatasync').count()).to.equal(0);
  });

  it('shows no time of fdatasync where none was called', async () => {
    const page = await open(new Scenario({ agencies: 2, bets: 100 }));
    central?.tick();
    const figure = page.locator('.figures div', { hasText: 'fdatasync p99' }).locator('dd');
    const chart = page.locator('figure', { hasText: 'Time of fdatasync' });
    expect(await figure.textContent()).to.equal('–');
    expect(await chart.locator('output').allTextContents()).to.deep.equal(['–', '–']);
  });

  it('shows documents of winners only for the token', async () => {
    const page = await open(drawn(3));
    const form = page.locator('form.documents');
    await form.getByLabel('Board token').fill('a guess');
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('The token is missing or not right.').waitFor();
    expect(await form.locator('li').count()).to.equal(0);
    await form.getByLabel('Agency').fill('2');
    await form.getByLabel('Board token').fill(TOKEN);
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('3 winners of agency 2').waitFor();
    expect(await form.locator('li').allTextContents()).to.deep.equal(DOCUMENTS.slice(0, 2));
    await form.getByRole('button', { name: 'Show more of the other 1' }).click();
    await form.locator('li', { hasText: DOCUMENTS[2] ?? '' }).waitFor();
    expect(await form.locator('li').allTextContents()).to.deep.equal(DOCUMENTS);
    expect(await form.getByRole('button', { name: 'Show more' }).count()).to.equal(0);
  });

  it('shows neither documents nor a chosen turn of another lottery', async () => {
    const page = await open(drawn(3));
    const form = page.locator('form.documents');
    await form.getByLabel('Board token').fill(TOKEN);
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('3 winners of agency 1').waitFor();
    const slider = page.getByRole('slider', { name: 'Choose a turn' });
    await slider.press('ArrowLeft');
    const chosen = await slider.getAttribute('aria-valuetext');
    const port = central?.port;
    await central?.stop();
    const other = ofDraw(drawn(3), 'another-draw');
    central = await startFakeCentral(other, port);
    await page.locator('.facts').getByText('another-draw', { exact: true }).waitFor();
    expect(await form.locator('li').count()).to.equal(0);
    expect(await form.getByRole('button', { name: 'Show more' }).count()).to.equal(0);
    expect(await slider.getAttribute('aria-valuetext')).not.to.equal(chosen);
    expect(await page.getByRole('button', { name: 'Follow the latest' }).isDisabled()).to.equal(
      true,
    );
    // Nor under a page that still shows the lottery before.
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('3 winners of agency 1').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await central.stop();
    central = await startFakeCentral(drawn(3), port);
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('The central has another draw now.').waitFor();
    expect(await form.locator('li').count()).to.equal(0);
  });

  it('has no form for documents where the board has no token, and says what to set', async () => {
    const page = await open(withoutToken(drawn(2)));
    await page.getByText('start the central with BOARD_TOKEN or BOARD_TOKEN_FILE').waitFor();
    expect(await page.getByLabel('Board token').count()).to.equal(0);
    expect(await page.getByRole('button', { name: 'Show documents' }).count()).to.equal(0);
  });

  it('says so when the browser does not let it copy', async () => {
    const page = await open(drawn(2));
    await page.evaluate(
      "navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied'))",
    );
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'The browser refused' }).waitFor();
    await page.getByRole('button', { name: 'Copy' }).waitFor();
  });

  it('shows the whole commitment before the draw', async () => {
    const scenario = new Scenario({ agencies: 2, bets: 900 });
    const page = await open(scenario);
    const { commitment } = scenario.state;
    await page
      .locator('.place.draw')
      .getByText(commitment ?? 'none', { exact: true })
      .waitFor();
  });

  it('says of a database that it can be verified while centrals go on', async () => {
    const page = await open(ofDatabase(drawn(2)));
    await page.getByText('From any machine that reaches the database').waitFor();
    expect(await page.getByText('once the central has ended').count()).to.equal(0);
  });

  it('keeps the turns that somebody looks at, and marks the slow ones', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await open(scenario);
    const turns = page.getByRole('region', { name: 'Inside the event loop' });
    const slider = turns.getByRole('slider', { name: 'Choose a turn' });
    const latest = await slider.getAttribute('aria-valuetext');
    await slider.press('ArrowLeft');
    const chosen = await slider.getAttribute('aria-valuetext');
    expect(chosen)
      .to.match(/^Turn 4,810, /)
      .and.not.equal(latest);
    central?.tick();
    await page.waitForTimeout(200);
    expect(await slider.getAttribute('aria-valuetext')).to.equal(chosen);
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

  it('reads all charts at the moment that the pointer is at', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await open(scenario);
    await page
      .locator('.u-over')
      .nth(2)
      .hover({ position: { x: 1, y: 20 } });
    await page
      .locator('.moment')
      .getByText(/\d\d:\d\d:\d\d/)
      .waitFor();
    const [first] = scenario.full().samples;
    const rss = page.locator('figure', { hasText: 'Memory' }).locator('output').first();
    expect(await rss.textContent()).to.equal(
      `${String(Math.round((first?.rssBytes ?? 0) / 1e6))} MB`,
    );
  });

  it('draws no chart anew when only the pointer moves', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 31; i++) scenario.next();
    const page = await open(scenario);
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
    central?.tick();
    await page.waitForFunction('window.drawings > 0');
  });

  it('has neither barrier nor draw for the 2020 edition', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 9; i++) scenario.next();
    const page = await open(ofEdition2020(scenario));
    await page.getByText('The 2020 edition has no draw').waitFor();
    expect(await page.locator('.place h3 b').allTextContents()).to.deep.equal(['0', '5', '0']);
    expect(await page.locator('.gate, .missing, .number-ball').count()).to.equal(0);
    expect(await page.locator('.figures dt').allTextContents()).not.to.include('Agencies finished');
    expect(await page.title()).to.equal('Lotería Nacional');
  });

  it('speaks Spanish to a browser that does', async () => {
    const page = await open(drawn(5), { locale: 'es-AR' });
    expect(await page.locator('html').getAttribute('lang')).to.equal('es');
    await page.getByRole('heading', { name: 'El sorteo está hecho' }).waitFor();
    await page.getByRole('button', { name: 'Pausar' }).waitFor();
    await page.getByRole('columnheader', { name: 'Guardadas' }).waitFor();
  });

  it('follows the colours of the system, or the choice of the reader', async () => {
    const page = await open(new Scenario({ agencies: 2, bets: 100 }), { colorScheme: 'dark' });
    const ground = 'getComputedStyle(document.documentElement).backgroundColor';
    const dark = await page.evaluate(ground);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await page.evaluate(ground);
    expect(light).to.not.equal(dark);
    await page.getByLabel('Colours').selectOption('dark');
    expect(await page.evaluate(ground)).to.equal(dark);
    await page.reload();
    await page.locator('.figures').waitFor();
    expect(await page.evaluate(ground)).to.equal(dark);
  });

  it('moves nothing for a reader who wants less motion', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await open(scenario, { reducedMotion: 'reduce' });
    const moving = 'getComputedStyle(document.querySelector(".chips i")).animationName';
    expect(await page.evaluate(moving)).to.equal('none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await page.evaluate(moving)).to.equal('arrive');
  });
});

/** A lottery whose acta is written. */
function drawn(agencies: number): Scenario {
  return new Scenario({ agencies, bets: 900 }).until(
    ({ draw }) => (draw?.betsDigest ?? null) !== null,
  );
}

function ofEdition2020(scenario: Scenario): Show {
  const full = scenario.full();
  return {
    full: (): FullEvent => ({ ...full, state: { ...full.state, edition: '2020' } }),
    next: (): DeltaEvent => scenario.next(),
  };
}

function ofVersion(scenario: Scenario, version: string): Show {
  return {
    full: (): FullEvent => ({ ...scenario.full(), version }),
    next: (): DeltaEvent => scenario.next(),
  };
}

/** With other fields of one agency. */
function withRow(scenario: Show, agency: number, fields: Partial<AgencyRow>): Show {
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      const agencies = full.agencies.map((row) =>
        row.agency === agency ? { ...row, ...fields } : row,
      );
      return { ...full, agencies };
    },
    next: (): DeltaEvent => scenario.next(),
  };
}

/** A lottery that is drawn, and whose acta failed with an error. */
function actaFailing(scenario: Scenario, code: string): Show {
  const failed = <T extends { readonly state: BoardState }>(event: T): T => {
    const { state } = event;
    const draw = state.draw && { ...state.draw, betsDigest: null, actaError: code };
    return { ...event, state: { ...state, draw } };
  };
  return { full: () => failed(scenario.full()), next: () => failed(scenario.next()) };
}

/** A central that stores in a database, which syncs itself. */
function ofDatabase(scenario: Scenario): Show {
  const sampleOf = (sample: Sample): Sample => ({
    ...sample,
    syncs: 0,
    syncP50Ms: 0,
    syncP99Ms: 0,
  });
  const stateOf = (state: BoardState): BoardState => ({ ...state, store: 'database' });
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      return { ...full, state: stateOf(full.state), samples: full.samples.map(sampleOf) };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, state: stateOf(delta.state), sample: sampleOf(delta.sample) };
    },
  };
}

/** As a central that was killed, and knows only what it has stored. */
function startedAgain(scenario: Scenario, change: Partial<BoardState> = {}): Show {
  const { state, samples } = scenario.full();
  const startedMs = samples.at(-1)?.atMs ?? state.startedMs;
  const since = <T extends BoardState>(now: T): T => ({ ...now, startedMs, ...change });
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      const own = full.samples.filter(({ atMs }) => atMs > startedMs);
      return { ...full, state: since(full.state), samples: own, turns: [] };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, state: since(delta.state) };
    },
  };
}

/** The same lottery with another draw, of another central. */
function ofDraw(scenario: Scenario, id: string): Show {
  const change = <T extends { readonly state: BoardState }>(event: T): T => {
    const { state } = event;
    const draw = state.draw && { ...state.draw, id };
    return { ...event, state: { ...state, draw, startedMs: state.startedMs + 1 } };
  };
  return { full: () => change(scenario.full()), next: () => change(scenario.next()) };
}

function withoutToken(scenario: Scenario): Show {
  return {
    full: (): FullEvent => ({ ...scenario.full(), hasToken: false }),
    next: (): DeltaEvent => scenario.next(),
  };
}

/** With an error of one agency, so long after the start of the central. */
function withError(scenario: Show, agency: number, lastErrorUpMs: number): Show {
  const lastErrorMs = scenario.full().state.startedMs + lastErrorUpMs;
  return withRow(scenario, agency, { lastError: 'BUSY', lastErrorMs, lastErrorUpMs });
}

/** With another clock for what comes from now on. */
function clockSet(scenario: Show, byMs: number): Show {
  const setMs = scenario.full().samples.at(-1)?.atMs ?? 0;
  const seen = (sample: Sample): Sample =>
    sample.atMs > setMs ? { ...sample, atMs: sample.atMs + byMs } : sample;
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      return { ...full, samples: full.samples.map(seen) };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, sample: seen(delta.sample) };
    },
  };
}
