/** What axe finds on the page, and whether it fits a phone. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { BROWSER_TIMEOUT_MS, browserForSuite } from './browser';
import { startFakeCentral, type Show } from './fake-central';
import { Scenario } from './scenario';
import { awaitingSalt } from './shows';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1400, height: 900 };

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

type Variant = readonly [
  'light' | 'dark',
  { readonly width: number; readonly height: number },
  'en' | 'es',
];

interface Case {
  readonly name: string;
  readonly scenario: () => Show;
  readonly variants: readonly Variant[];
  /** What axe looks at. */
  readonly part: string;
}

/** Every part of the page with both themes and both widths; axe takes seconds for each. */
const CASES: readonly Case[] = [
  {
    name: 'before anybody comes',
    scenario: () => new Scenario({ agencies: 5, bets: 20_000 }),
    variants: [['dark', PHONE, 'en']],
    part: 'body',
  },
  {
    name: 'while agencies load',
    scenario: () => loading(5),
    variants: [
      ['light', DESK, 'en'],
      ['dark', PHONE, 'es'],
    ],
    part: 'body',
  },
  {
    name: 'with 10,000 agencies',
    scenario: () => loading(10_000),
    variants: [['light', PHONE, 'es']],
    part: '.places, .missing, #agencies .bar',
  },
  {
    name: 'while the draw waits for its salt',
    scenario: () =>
      awaitingSalt(5, {
        source: 'drand quicknet, round 1234567',
        recordCommand: 'loteria store salt /var/lib/loteria VALUE',
      }),
    variants: [['light', PHONE, 'es']],
    part: '.places, .command',
  },
  {
    name: 'after the draw',
    scenario: () =>
      new Scenario({ agencies: 40, bets: 900 }).until(
        ({ draw }) => (draw?.betsDigest ?? null) !== null,
      ),
    variants: [
      ['dark', DESK, 'en'],
      ['light', PHONE, 'es'],
    ],
    part: '.result, .places',
  },
];

function loading(agencies: number): Scenario {
  const scenario = new Scenario({ agencies, bets: 20_000 });
  for (let i = 0; i < 33; i++) scenario.next();
  return scenario;
}

describe('the page of the board for everybody', function () {
  this.timeout(BROWSER_TIMEOUT_MS);
  const browser = browserForSuite();

  for (const { name, scenario, variants, part } of CASES) {
    for (const [colorScheme, viewport, locale] of variants) {
      it(`axe finds nothing, and all fits ${name}: ${colorScheme}, ${String(viewport.width)} pixels, ${locale}`, async () => {
        const central = await startFakeCentral(scenario());
        const settings = { colorScheme, viewport, locale, reducedMotion: 'reduce' } as const;
        const watched = await browser().open(central.url, settings);
        try {
          const { page } = watched;
          await page.locator('.figures').waitFor();
          await page.evaluate(AXE);
          const context = JSON.stringify(part.split(', ').map((selector) => [selector]));
          const violations: readonly Violation[] = await page.evaluate(
            `axe.run({ include: ${context} }, { resultTypes: ['violations'] }).then((found) => found.violations)`,
          );
          expect(violations.map(summaryOf)).to.deep.equal([]);
          const width = await page.evaluate('document.documentElement.scrollWidth');
          expect(width).to.equal(viewport.width);
        } finally {
          await central.stop();
          await watched.close();
        }
      });
    }
  }
});

function summaryOf({ id, nodes }: Violation): string {
  return `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`;
}
