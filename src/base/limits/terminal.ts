/** What people watch in a terminal: progress, and the demo. */
import { invariant } from '../invariant';
import { KIB } from './units';

export const TERMINAL_LIMITS = {
  /** Time over which a rate is an average, and readings kept of it. */
  rateWindowMs: 3_000,
  rateReadingsMax: 50,
  /** Length of a progress bar. */
  barCharsMin: 4,
  barCharsMax: 40,
  /** Pause between two drawings of an agency's bar. */
  agencyBarPeriodMs: 100,

  /** Demo: bars; the agencies above have none. */
  demoBarsMax: 20,
  /** Demo: pause between two drawings of its bars, or between two lines where there are none. */
  demoBarPeriodMs: 500,
  demoLinePeriodMs: 1_000,
  /** Demo: documents shown of each agency's winners. */
  demoDocumentsShownMax: 8,
  /** Demo: how often it can kill its central on the way. */
  demoKillsMax: 100,
  /** Demo: how long the central is away each time: so long that the agencies notice, and people too. */
  demoAwayMs: 1_000,
  /** Demo: how long each agency takes where the central is killed, without `--pace`. */
  demoKillingPaceMs: 20_000,
  /** Generated data: text that is written at a time. */
  generatedCharsMax: 64 * KIB,
};

invariant(
  TERMINAL_LIMITS.barCharsMin < TERMINAL_LIMITS.barCharsMax &&
    TERMINAL_LIMITS.agencyBarPeriodMs < TERMINAL_LIMITS.rateWindowMs &&
    TERMINAL_LIMITS.demoLinePeriodMs < TERMINAL_LIMITS.rateWindowMs,
  'a bar must be able to grow, and a rate must be of more than one reading',
);
