/** One Chromium for the tests of a file, and pages in it that note everything that must not happen. */
import { existsSync } from 'node:fs';
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type BrowserServer,
  type Page,
} from 'playwright-core';
import { present } from '../../src/base/invariant';
import { until } from '../support/until';

/** Where distributions put it; `CHROMIUM` names another. */
const PLACES: readonly string[] = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
/** How long a test waits for the page, on a machine that has other things to do. */
const TIMEOUT_MS = 20_000;
/** How long a test in a browser may take. */
export const BROWSER_TIMEOUT_MS = 60_000;

/** Undefined: there is no Chromium, and tests in a browser are skipped. */
export const CHROMIUM = PLACES.find((place) => place !== '' && existsSync(place));

export class TestBrowser {
  private constructor(
    private readonly server: BrowserServer,
    private readonly browser: Browser,
  ) {}

  /** @param executable {@link CHROMIUM} */
  static async start(executable: string): Promise<TestBrowser> {
    const server = await chromium.launchServer({
      executablePath: executable,
      host: '127.0.0.1',
      // Without a sandbox for root, as Chromium demands; it opens pages of these tests only.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    return new TestBrowser(server, await chromium.connect(server.wsEndpoint()));
  }

  /** A page with settings of its own. */
  async open(
    url: string,
    options: BrowserContextOptions = {},
    { timeoutMs } = { timeoutMs: TIMEOUT_MS },
  ): Promise<TestPage> {
    const context = await this.browser.newContext({ locale: 'en', ...options });
    context.setDefaultTimeout(timeoutMs);
    const page = await context.newPage();
    const watched = new TestPage(page, url);
    await page.goto(url);
    return watched;
  }

  /** Ends Chromium with all its processes, whatever state it is in. */
  async end(): Promise<void> {
    await this.server.kill();
  }
}

/**
 * A browser for the tests of a suite, which are skipped, with a notice, where there is none.
 *
 * @returns the browser, in a test
 */
export function browserForSuite(): () => TestBrowser {
  let browser: TestBrowser | undefined;
  before(async function () {
    if (CHROMIUM === undefined) {
      console.log(
        '    skipped: no Chromium (apt-get install chromium-headless-shell, or CHROMIUM=path)',
      );
      this.skip();
    }
    browser = await TestBrowser.start(CHROMIUM);
  });
  after(async () => {
    await browser?.end();
  });
  return () => present(browser, 'tests begin after it has started');
}

/**
 * Waits for an expression to hold in a page. Playwright's own wait for one works only while it holds at the first
 * look: the policy of the page forbids `eval`, with which it looks again.
 */
export async function untilInPage(page: Page, expression: string): Promise<void> {
  const holds = async (): Promise<boolean> => Boolean(await page.evaluate<unknown>(expression));
  await until(expression, holds, { timeoutMs: TIMEOUT_MS });
}

/** A page, and what has gone wrong in it. */
export class TestPage {
  private readonly problems: string[] = [];

  constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on('console', (message) => {
      // That a request failed is said there too, which is what a lost central looks like.
      if (message.text().startsWith('Failed to load resource')) return;
      if (['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
    page.on('pageerror', (error) => {
      this.problems.push(String(error));
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.problems.push(`asks for ${request.url()}`);
    });
  }

  /** Closes the page. @throws when a script failed, the policy was broken, or another machine was asked */
  async close(): Promise<void> {
    await this.page.context().close();
    if (this.problems.length > 0) throw new Error(this.problems.join('\n'));
  }
}
