/** The draw, its documents and how to verify it, in a browser. */
import { expect } from 'chai';
import { BROWSER_TIMEOUT_MS } from './browser';
import { DOCUMENTS, TOKEN } from './fake-central';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';
import { drawn, actaFailing, ofDatabase, ofDraw, withoutToken } from './shows';

describe('the draw on the page', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('shows the draw, its digest, and how anybody verifies it', async () => {
    const scenario = drawn(5);
    const page = await board.open(scenario);
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

  it('keeps apart the acta of another lottery, and says so, while the page is paused', async () => {
    const page = await board.open(drawn(3));
    await page.getByRole('button', { name: 'Pause' }).click();
    await board.central.stop();
    await board.startAgain(ofDraw(drawn(3), 'another-draw'));
    await page
      .getByRole('status')
      .getByText('The central has another lottery now. What you see is the one before')
      .waitFor();
    const draw = page.getByRole('region', { name: 'The draw', exact: true });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      draw.getByRole('link', { name: 'Download the acta' }).click(),
    ]);
    expect(await download.failure()).to.not.equal(null);
    await page.getByRole('button', { name: 'Resume' }).click();
    await draw.getByText('another-draw', { exact: true }).waitFor();
    expect(await page.getByText('The central has another lottery now.').count()).to.equal(0);
  });

  it('does not speak of an acta that is still being written', async () => {
    const page = await board.open(
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
      const page = await board.open(actaFailing(drawn(2), code));
      const draw = page.getByRole('region', { name: 'The draw', exact: true });
      await draw.getByRole('alert').getByText(`The acta could not be written (${code})`).waitFor();
      const damaged = draw.getByText('The bets or the acta are not what was stored.');
      expect(await damaged.count()).to.equal(Number(isDamaged));
      expect(await draw.getByText('The acta is being written').count()).to.equal(0);
      expect(await draw.getByText('No, up to the acta.').count()).to.equal(0);
      expect(await draw.getByRole('link', { name: 'Download the acta' }).count()).to.equal(0);
    });
  }

  it('leads to all agencies by their winners, where not all are shown', async () => {
    const scenario = drawn(40);
    scenario.next();
    const page = await board.open(scenario);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('7');
    await page.locator('.winners').getByRole('link', { name: 'and 28 more' }).press('Enter');
    await page.getByText('40 agencies', { exact: true }).waitFor();
    const header = page.getByRole('columnheader', { name: 'Winners' });
    expect(await header.getAttribute('aria-sort')).to.equal('descending');
    expect(await page.evaluate('document.activeElement.id')).to.equal('agencies');
  });

  it('shows documents of winners only for the token', async () => {
    const page = await board.open(drawn(3));
    const form = page.locator('form.documents');
    await form.getByLabel('Board token').fill('señal-ñandú-日本');
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('The token is missing or not right.').waitFor();
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
    const page = await board.open(drawn(3));
    const form = page.locator('form.documents');
    await form.getByLabel('Board token').fill(TOKEN);
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('3 winners of agency 1').waitFor();
    const slider = page.getByRole('slider', { name: 'Choose a turn' });
    await slider.press('ArrowLeft');
    const chosen = await slider.getAttribute('aria-valuetext');
    await board.central.stop();
    const other = ofDraw(drawn(3), 'another-draw');
    await board.startAgain(other);
    await page.locator('.facts').getByText('another-draw', { exact: true }).waitFor();
    expect(await form.locator('li').count()).to.equal(0);
    expect(await form.getByRole('button', { name: 'Show more' }).count()).to.equal(0);
    expect(await slider.getAttribute('aria-valuetext')).not.to.equal(chosen);
    const turns = page.getByRole('region', { name: 'Inside the event loop' });
    const latest = turns.getByRole('button', { name: 'Follow the latest' });
    expect(await latest.isDisabled()).to.equal(true);
    // Nor under a page that still shows the lottery before.
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('3 winners of agency 1').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await board.central.stop();
    await board.startAgain(drawn(3));
    await form.getByRole('button', { name: 'Show documents' }).click();
    await form.getByText('The central has another draw now.').waitFor();
    expect(await form.locator('li').count()).to.equal(0);
  });

  it('has no form for documents where the board has no token, and says what to set', async () => {
    const page = await board.open(withoutToken(drawn(2)));
    await page.getByText('start the central with BOARD_TOKEN or BOARD_TOKEN_FILE').waitFor();
    expect(await page.getByLabel('Board token').count()).to.equal(0);
    expect(await page.getByRole('button', { name: 'Show documents' }).count()).to.equal(0);
  });

  it('says so when the browser does not let it copy', async () => {
    const page = await board.open(drawn(2));
    await page.evaluate(
      "navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied'))",
    );
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'The browser refused' }).waitFor();
    await page.getByRole('button', { name: 'Copy' }).waitFor();
  });

  it('shows the whole commitment before the draw', async () => {
    const scenario = new Scenario({ agencies: 2, bets: 900 });
    const page = await board.open(scenario);
    const { commitment } = scenario.state;
    await page
      .locator('.place.draw')
      .getByText(commitment ?? 'none', { exact: true })
      .waitFor();
  });

  it('says of a database that it can be verified while centrals go on', async () => {
    const page = await board.open(ofDatabase(drawn(2)));
    await page.getByText('From any machine that reaches the database').waitFor();
    expect(await page.getByText('once the central has ended').count()).to.equal(0);
  });
});
