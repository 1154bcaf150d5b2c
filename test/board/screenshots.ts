/**
 * `npm run screenshots`: a central and five agencies, seen in a browser, as images in docs/images. The picture
 * with 10,000 agencies is of an invented lottery.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { boardPortOf } from '../support/board-client';
import { openDataset } from '../support/dataset';
import { cleanUp, ROOT, startClient, startServer } from '../support/program';
import { CHROMIUM, TestBrowser } from './browser';
import { startFakeCentral } from './fake-central';
import { Scenario } from './scenario';

const IMAGES = join(ROOT, 'docs', 'images');
const BYTES_MAX = 150_000;
const DESK = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 760 };
/** How long each agency takes. The last one is late, so that the barrier is seen. */
const PACES = ['14s', '20s', '26s', '60s', '70s'];

async function takeScreenshots(browser: TestBrowser): Promise<void> {
  const data = openDataset();
  try {
    const { program, port } = await startServer({
      ...{ BOARD_PORT: '0', WINNING_NUMBER: '7574' },
      // As where the program is installed: the page shows commands as one would give them there.
      PATH: [join(ROOT, 'bin'), process.env['PATH'] ?? ''].join(':'),
    });
    const url = `http://127.0.0.1:${String(await boardPortOf(program))}/`;
    const agencies = PACES.map((pace, i) =>
      startClient(port, i + 1, { CLI_DATA: data.file(i + 1), CLI_PACE: pace }),
    );
    await take(browser, url, 'board-loading', { viewport: DESK }, async (page) => {
      await page.locator('.place.barrier', { hasText: 'At the barrier 3' }).waitFor();
      await page.waitForTimeout(6_000);
    });
    const dark: BrowserContextOptions = { viewport: PHONE, colorScheme: 'dark', locale: 'es-AR' };
    await take(browser, url, 'board-phone', dark);
    await take(browser, url, 'board-turns', { viewport: DESK }, async (page) => {
      await page.locator('.stages').scrollIntoViewIfNeeded();
      await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
      await page.waitForTimeout(1_500);
    });
    for (const agency of agencies) await agency.exited;
    await program.waitFor('action: acta | result: success');
    await take(
      browser,
      url,
      'board-draw',
      { viewport: DESK, colorScheme: 'dark' },
      async (page) => {
        await page.getByRole('link', { name: 'Download the acta' }).waitFor();
      },
    );
  } finally {
    data.remove();
    await cleanUp();
  }
  const scenario = new Scenario({ agencies: 10_000, bets: 20_000 });
  for (let i = 0; i < 33; i++) scenario.next();
  const central = await startFakeCentral(scenario);
  try {
    await take(browser, central.url, 'board-10000', { viewport: DESK }, async (page) => {
      central.tick();
      await page.waitForTimeout(1_000);
    });
  } finally {
    await central.stop();
  }
}

async function take(
  browser: TestBrowser,
  url: string,
  name: string,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<void> = async (page) => {
    await page.waitForTimeout(1_500);
  },
): Promise<void> {
  const watched = await browser.open(url, options, { timeoutMs: 60_000 });
  const { page } = watched;
  await page.locator('.figures').waitFor();
  await prepare(page);
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path });
  await watched.close();
  const { size } = statSync(path);
  if (size > BYTES_MAX) throw new Error(`${path} has ${String(size)} bytes`);
  console.log(`${path}: ${String(size)} bytes`);
}

async function main(): Promise<void> {
  if (CHROMIUM === undefined)
    throw new Error('no Chromium (apt-get install chromium-headless-shell)');
  mkdirSync(IMAGES, { recursive: true });
  const browser = await TestBrowser.start(CHROMIUM);
  try {
    await takeScreenshots(browser);
  } finally {
    await browser.end();
  }
}

void main();
