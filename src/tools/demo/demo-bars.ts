/** The bars of the demo on a terminal: as long as there is room beside the numbers. */
import { Format, MultiBar, Presets, type GenericFormatter } from 'cli-progress';
import { fitBar } from '../../base/rate';
import type { AgencyReport } from './demo-agencies';

type Barred = Pick<AgencyReport, 'agency' | 'bets'>;

const FORMAT = '  agency {agency} {bar} {percentage}% | {stored} bets | {rate} | {left} left';
/** The same with the longest texts of all that does not depend on the agencies, and without a bar. */
const LONGEST = '  agency   100% |  bets | 99.9k/s | 59m59s left';

export function createBars(reports: readonly Barred[]): MultiBar {
  const options = { format: barFormat(reports), hideCursor: true, clearOnComplete: false };
  return new MultiBar(options, Presets.shades_classic);
}

/** The line of an agency. */
export function barFormat(reports: readonly Barred[]): GenericFormatter {
  const digits = (of: (report: Barred) => number): number =>
    String(reports.reduce((most, report) => Math.max(most, of(report)), 0)).length;
  const textChars = LONGEST.length + digits(({ agency }) => agency) + digits(({ bets }) => bets);
  return fitBar(Format.Formatter, FORMAT, () => textChars);
}
