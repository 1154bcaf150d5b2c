/** The built page in a browser with an invented central behind it, for the tests of a suite. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { present } from '../../src/base/invariant';
import { browserForSuite, untilInPage, type TestPage } from './browser';
import { startFakeCentral, type FakeCentral, type Show } from './fake-central';

export interface PageSuite {
  /** The central that the page was opened on, or the one that was started in its place. */
  readonly central: FakeCentral;
  /** Opens the page on a lottery, and waits until it shows it. */
  open(show: Show, options?: BrowserContextOptions): Promise<Page>;
  /** Starts another central at the address of the one that was stopped. */
  startAgain(show: Show): Promise<void>;
  /** Lets seconds pass, and waits until what they brought has reached the page. */
  tickAndArrive(page: Page, seconds: number): Promise<void>;
}

/** Closes page and central after each test, also when it failed. Skipped where there is no Chromium. */
export function pageForSuite(): PageSuite {
  const browser = browserForSuite();
  let central: FakeCentral | undefined;
  let watched: TestPage | undefined;
  const running = (): FakeCentral => present(central, 'a page is opened first');

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

  return {
    get central() {
      return running();
    },
    open: async (show, options = {}) => {
      central = await startFakeCentral(show);
      watched = await browser().open(central.url, options);
      const { page } = watched;
      await page.locator('.figures').waitFor();
      return page;
    },
    startAgain: async (show) => {
      central = await startFakeCentral(show, running().port);
    },
    tickAndArrive: (page, seconds) => tickAndArrive(page, running(), seconds),
  };
}

/** A second stream of the same page, which gets each event after the page's own. */
async function tickAndArrive(page: Page, central: FakeCentral, seconds: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const source = new EventSource('events');
    window.arrived = 0;
    source.addEventListener('full', resolve);
    source.addEventListener('delta', () => {
      window.arrived++;
    });
  })`);
  for (let i = 0; i < seconds; i++) central.tick();
  await untilInPage(page, `window.arrived === ${String(seconds)}`);
}
