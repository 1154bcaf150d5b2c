/** The page in a browser, and a central with five agencies behind it. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { boardPortOf } from '../support/board-client';
import { openDataset, rowsByAgency, type Dataset } from '../support/dataset';
import {
  cleanUp,
  LOTERIA,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';
import { BROWSER_TIMEOUT_MS, browserForSuite, type TestPage } from './browser';

const AGENCIES = [1, 2, 3, 4, 5];
const TOKEN = 'correct-horse-battery-staple';

describe('the page of the board and a real lottery', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  let data: Dataset;
  let watched: TestPage | undefined;

  before(() => {
    data = openDataset();
  });
  after(() => {
    data.remove();
  });
  const browser = browserForSuite();

  afterEach(async () => {
    const page = watched;
    watched = undefined;
    try {
      await page?.close();
    } finally {
      await cleanUp();
    }
  });

  async function open(board: number): Promise<Page> {
    watched = await browser().open(`http://127.0.0.1:${String(board)}/`);
    await watched.page.locator('.figures').waitFor();
    return watched.page;
  }

  function startAgency(port: number, id: number, pace: string): Program {
    return startClient(port, id, { CLI_DATA: data.file(id), CLI_PACE: pace });
  }

  /** Waits until each agency ends as it should, and gives what the central has stored. */
  async function storedBy(
    agencies: readonly Program[],
    directory: string,
  ): Promise<Map<number, string[]>> {
    for (const agency of agencies) expect((await agency.exited).code, agency.output).to.equal(0);
    return rowsByAgency(join(directory, 'bets.csv'));
  }

  /** What the table says of each agency: bets stored, winners. */
  async function tableOf(page: Page): Promise<(readonly string[])[]> {
    const rows = await page.locator('tbody tr').all();
    return Promise.all(
      rows.map(async (row) => {
        const cells = await row.locator('th, td').allTextContents();
        return [cells[0] ?? '', cells[2] ?? '', cells[8] ?? ''];
      }),
    );
  }

  /** What it should say. */
  function expectedTable(stored: ReadonlyMap<number, readonly string[]>): (readonly string[])[] {
    return AGENCIES.map((id) => [
      String(id),
      (stored.get(id)?.length ?? 0).toLocaleString('en'),
      (data.winners[id - 1]?.length ?? 0).toLocaleString('en'),
    ]);
  }

  it('follows five agencies from nobody to the winners', async () => {
    const env = { BOARD_PORT: '0', BOARD_TOKEN: TOKEN };
    const { program, port, dataDirectory } = await startServer(env);
    const page = await open(await boardPortOf(program));
    await page.locator('.place.absent', { hasText: 'Not here yet 5' }).waitFor();
    const early = AGENCIES.slice(0, 4).map((id) => startAgency(port, id, '1s'));
    await page.locator('.place.barrier', { hasText: 'At the barrier 4' }).waitFor();
    await page.getByRole('heading', { name: 'Missing: one agency' }).waitFor();
    await page.locator('.missing li', { hasText: 'Agency 5' }).waitFor();
    const stored = await storedBy([...early, startAgency(port, 5, '1s')], dataDirectory);

    await page.locator('.place.served', { hasText: 'Winners ready 5' }).waitFor();
    const draw = page.getByRole('region', { name: 'The draw', exact: true });
    const acta = await program.waitFor('action: acta | result: success');
    const digest = /digest: ([0-9a-f]{64})/.exec(acta)?.[1] ?? 'no digest';
    await draw.locator('dd', { hasText: digest }).waitFor();
    expect(await draw.locator('.large').first().textContent()).to.equal('7574');
    expect(await tableOf(page)).to.deep.equal(expectedTable(stored));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      draw.getByRole('link', { name: 'Download the acta' }).click(),
    ]);
    const kept = readFileSync(join(dataDirectory, 'acta.json'), 'utf8');
    const saved = join(temporaryDirectory(), 'acta.json');
    await download.saveAs(saved);
    expect(readFileSync(saved, 'utf8')).to.equal(kept);
    expect(await draw.locator('.command code').textContent()).to.equal(
      `${LOTERIA} verify ${dataDirectory} --digest ${digest}`,
    );
    await draw.getByLabel('Agency').fill('3');
    await draw.getByLabel('Board token').fill(TOKEN);
    await draw.getByRole('button', { name: 'Show documents' }).click();
    await draw.locator('.documents li').first().waitFor();
    expect(await draw.locator('.documents li').allTextContents()).to.deep.equal(data.winners[2]);
    // What the central did is on the page too.
    expect(await page.locator('svg.turns g').count()).to.be.greaterThan(5);
    const rate = page.locator('figure', { hasText: 'Bets per second' }).getByRole('img');
    expect(await rate.getAttribute('aria-label')).to.match(/highest [1-9]/);
  });

  it('shows a central that is killed and comes back, and loses no bet of its count', async () => {
    const { program, port, dataDirectory } = await startServer({ BOARD_PORT: '0' });
    const board = await boardPortOf(program);
    const page = await open(board);
    const agencies = AGENCIES.map((id) => startAgency(port, id, '3s'));
    await page.locator('.place.loading', { hasText: 'Loading 5' }).waitFor();
    program.signal('SIGKILL');
    await program.exited;
    await page.getByRole('alert').getByText('The central does not answer.').waitFor();
    const again = { BOARD_PORT: String(board), SERVER_PORT: String(port) };
    await startServer(again, dataDirectory);
    await page.getByText('The central does not answer.').waitFor({ state: 'detached' });
    await page.getByText('Shaded: no numbers were received; the central was restarted.').waitFor();
    const stored = await storedBy(agencies, dataDirectory);
    await page.locator('.place.served', { hasText: 'Winners ready 5' }).waitFor();
    expect(await tableOf(page)).to.deep.equal(expectedTable(stored));
    for (const id of AGENCIES) expect(stored.get(id)).to.deep.equal(data.rows[id - 1]);
  });
});
