/** The built page in a browser: editions, languages, colours, motion. */
import { expect } from 'chai';
import { BROWSER_TIMEOUT_MS } from './browser';
import { pageForSuite } from './page-suite';
import { Scenario } from './scenario';
import { drawn, ofEdition2020 } from './shows';

describe('the page of the board in a browser', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const board = pageForSuite();

  it('leads past the header to the table, for those who read with the keyboard', async () => {
    const page = await board.open(new Scenario({ agencies: 3, bets: 1_000 }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('agencies');
  });

  it('has nothing that a screen reader reads out each second while agencies load', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 12; i++) scenario.next();
    const page = await board.open(scenario);
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate(`{
      window.readOut = [];
      const live = 'output, [role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])';
      const observer = new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = (target.parentElement ?? target).closest(live);
          if (region !== null) window.readOut.push(region.outerHTML);
        }
      });
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    }`);
    const rate = page.locator('.figures dd').first();
    const before = await rate.textContent();
    await board.tickAndArrive(page, 3);
    expect(await rate.textContent()).to.not.equal(before);
    expect(await page.evaluate('window.readOut')).to.deep.equal([]);
  });

  it('has neither barrier nor draw for the 2020 edition', async () => {
    const scenario = new Scenario({ agencies: 5, bets: 20_000 });
    for (let i = 0; i < 9; i++) scenario.next();
    const page = await board.open(ofEdition2020(scenario));
    await page.getByText('The 2020 edition has no draw').waitFor();
    expect(await page.locator('.place h3 b').allTextContents()).to.deep.equal(['0', '5', '0']);
    expect(await page.locator('.gate, .missing, .number-ball').count()).to.equal(0);
    expect(await page.locator('.figures dt').allTextContents()).not.to.include('Agencies finished');
    expect(await page.title()).to.equal('Lotería Nacional');
  });

  it('speaks Spanish to a browser that does', async () => {
    const page = await board.open(drawn(5), { locale: 'es-AR' });
    expect(await page.locator('html').getAttribute('lang')).to.equal('es');
    await page.getByRole('heading', { name: 'El sorteo está hecho' }).waitFor();
    await page.getByRole('button', { name: 'Pausar' }).waitFor();
    await page.getByRole('columnheader', { name: 'Guardadas' }).waitFor();
  });

  it('follows the colours of the system, or the choice of the reader', async () => {
    const page = await board.open(new Scenario({ agencies: 2, bets: 100 }), {
      colorScheme: 'dark',
    });
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
    const page = await board.open(scenario, { reducedMotion: 'reduce' });
    const moving = 'getComputedStyle(document.querySelector(".chips i")).animationName';
    expect(await page.evaluate(moving)).to.equal('none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await page.evaluate(moving)).to.equal('arrive');
  });
});
