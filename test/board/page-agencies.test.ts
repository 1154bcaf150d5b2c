/** The barrier and the table of agencies in a browser. */
import { expect } from 'chai';
import type { AgencyRow } from '../../src/board/feed';
import { BROWSER_TIMEOUT_MS } from './browser';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';
import type { Show } from './fake-central';
import { awaitingSalt, withError, withRow } from './shows';

describe('the agencies on the page', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('shows how the agencies come, load, wait and get their winners', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 5_000 });
    const page = await board.open(scenario);
    const places = page.locator('.place h3 b');
    expect(await places.allTextContents()).to.deep.equal(['5', '0', '0', '0']);
    expect(await page.title()).to.equal('0/5 · Lotería Nacional');
    const { length } = scenario.until(({ finished }) => finished === 2).full().agencies;
    expect(length).to.equal(5);
    await page.reload();
    await page.getByRole('heading', { name: 'Missing: 3 agencies' }).waitFor();
    expect(await places.allTextContents()).to.deep.equal(['0', '3', '2', '0']);
    expect(await page.locator('.places.shut').count()).to.equal(1);
    while (scenario.state.draw === null) board.central.tick();
    await page.getByRole('heading', { name: 'The draw has been made' }).waitFor();
    expect(await page.locator('.places.open .number-ball').textContent()).to.equal('7574');
    board.central.tick();
    await page.locator('.place.served', { hasText: 'Winners ready 5' }).waitFor();
    expect(await page.locator('.missing').count()).to.equal(0);
  });

  it('lists agencies with what an operator asks for', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 33; i++) scenario.next();
    const page = await board.open(scenario);
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
    const page = await board.open(withRow(scenario, 2, { connections: 31 }));
    const cells = page.locator('tbody tr td:nth-child(8)');
    expect(await cells.allTextContents()).to.deep.equal(['', '31 connections']);
  });

  it('sorts them by what the cell shows', async () => {
    const scenario = new Scenario({ agencies: 3, bets: 2_000 });
    const some = withRow(withRow(scenario, 1, { reconnects: 2 }), 2, { connections: 31 });
    const page = await board.open(withRow(some, 3, { reconnects: 4, connections: 30 }));
    await page.getByRole('button', { name: 'Reconnects' }).click();
    const cells = page.locator('tbody tr td:nth-child(8)');
    expect(await cells.allTextContents()).to.deep.equal([
      '4 + 30 connections',
      '31 connections',
      '2',
    ]);
  });

  it('sorts addresses by their numbers', async () => {
    const scenario = new Scenario({ agencies: 4, bets: 2_000 });
    const addresses = ['10.0.0.10', '10.0.0.2', '', '9.255.0.1'];
    const show = addresses.reduce<Show>(
      (before, address, i) => withRow(before, i + 1, { address }),
      scenario,
    );
    const page = await board.open(show);
    await page.getByRole('button', { name: 'Address' }).click();
    const cells = page.locator('tbody .cell-address');
    expect(await cells.allTextContents()).to.deep.equal(['', '9.255.0.1', '10.0.0.2', '10.0.0.10']);
  });

  it('keeps agencies that have finished and gone apart from those that are still connected', async () => {
    const scenario = new Scenario({ agencies: 3, bets: 2_000 });
    const gone = { finished: true, connection: 'gone' } as const;
    const some = withRow(withRow(scenario, 1, gone), 2, { ...gone, connection: 'connected' });
    const page = await board.open(withRow(some, 3, { ...gone, connection: 'absent' }));
    const states = page.locator('tbody .cell-state');
    expect(await states.allTextContents()).to.deep.equal([
      'finished, gone',
      'finished',
      'finished, gone',
    ]);
  });

  it('says what the draw waits for when all have finished, and how to record it', async () => {
    const recordCommand = 'loteria store salt data VALUE';
    const salt = { source: 'drand quicknet, round 5', recordCommand };
    const page = await board.open(awaitingSalt(3, salt));
    const barrier = page.getByRole('region', { name: 'Every agency has finished' });
    await barrier.locator('.place.draw').getByText('drand quicknet, round 5').waitFor();
    await barrier.getByText('Stop the central, record the value').waitFor();
    await barrier.getByText(recordCommand, { exact: true }).waitFor();
    await barrier.getByText('all bets stored; waiting for the draw').waitFor();
    expect(await page.getByText('waiting for the others').count()).to.equal(0);
  });

  it('speaks of no salt in a lottery whose draw waits for agencies', async () => {
    const page = await board.open(new Scenario({ agencies: 3, bets: 2_000 }));
    await page.getByText('waiting for the others').waitFor();
    expect(await page.getByText('record the value').count()).to.equal(0);
  });

  it('shows only the rows that can be seen of 10,000, and reaches all of them', async () => {
    const scenario = new Scenario({ agencies: 10_000, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await board.open(scenario);
    board.central.tick();
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

  it('shows all of a cell that is cut off to who reaches it with the keyboard', async () => {
    const scenario = new Scenario({ agencies: 3, bets: 2_000 });
    const address = '[2001:db8:1111:2222:3333:4444:5555:6666]';
    const long: Partial<AgencyRow> = { lastError: 'TOO_MANY_CONNECTIONS', address };
    const page = await board.open(withRow(withError(scenario, 2, 0), 2, long), {
      viewport: { width: 1250, height: 860 },
    });
    await page.getByRole('region', { name: 'Table of agencies' }).focus();
    for (let i = 0; i < 11; i++) await page.keyboard.press('Tab'); // the column's names
    for (const expected of [address, 'TOO_MANY_CONNECTIONS, 0 s ago']) {
      await page.keyboard.press('Tab');
      const shown = await page.evaluate(`{
        const cell = document.activeElement;
        const text = cell.querySelector('.text');
        const { left, right, top, bottom, width } = text.getBoundingClientRect();
        const isOnTop = (x) => document.elementFromPoint(x, (top + bottom) / 2) === text;
        ({
          text: text.textContent,
          isWider: width > cell.clientWidth,
          isWhole: text.scrollWidth <= text.clientWidth,
          isOnTop: isOnTop(left + 9) && isOnTop(right - 9),
        })
      }`);
      const all = { isWider: true, isWhole: true, isOnTop: true };
      expect(shown).to.deep.equal({ text: expected, ...all });
    }
  });

  it('sorts and filters with the keyboard alone', async () => {
    const scenario = new Scenario({ agencies: 9, bets: 20_000 });
    for (let i = 0; i < 32; i++) scenario.next();
    const page = await board.open(scenario);
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
      const page = await board.open(withRow(scenario, 1, large), {
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
});
