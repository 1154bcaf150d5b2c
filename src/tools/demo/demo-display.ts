/** The display of the demo: bars while it runs (on a terminal), a table at the end. */
import { Format, MultiBar, Presets, type GenericFormatter, type SingleBar } from 'cli-progress';
import { LIMITS } from '../../base/limits';
import { etaText, fitBar, Rate, rateText } from '../../base/rate';
import { takesEscapes } from '../../base/process';
import { programCommand, shellWord } from '../../base/program/program-command';
import type { Prepared } from '../data/prepare-data';
import type { AgencyReport } from './demo-agencies';
import { resultText } from './demo-table';

const BAR_TEXT = '  agency {agency} {bar} {percentage}% | {stored} bets | {rate} | {left} left';
/** The same with the longest texts of all that does not depend on the agencies, and without a bar. */
const BAR_TEXT_LONGEST = '  agency   100% |  bets | 99.9k/s | 59m59s left';

type Barred = Pick<AgencyReport, 'agency' | 'bets'>;

/** A bar, and how fast it grows. */
interface AgencyBar {
  readonly report: AgencyReport;
  readonly bar: SingleBar;
  readonly rate: Rate;
}

export class DemoDisplay {
  private readonly bars: MultiBar | null;
  private readonly agencyBars: readonly AgencyBar[];
  private readonly timer: NodeJS.Timeout | null;
  /** Of all agencies. */
  private readonly rate = new Rate();
  private lineMs = performance.now();
  private isClosed = false;

  constructor(
    private readonly reports: readonly AgencyReport[],
    directory: string,
    prepared: Prepared,
    private readonly boardUrl: string,
  ) {
    const { present, unpacked, generated } = prepared;
    print(
      `Data in ${directory}: ${String(present)} files were there, ` +
        `${String(unpacked)} unpacked, ${String(generated)} generated.`,
    );
    print(`One central and ${String(reports.length)} agencies, each a process of its own:`);
    print(`The board: ${boardUrl}`);
    const barred = reports.slice(0, LIMITS.demoBarsMax);
    const bars = takesEscapes(process.stdout) ? createBars(barred) : null;
    this.bars = bars;
    this.agencyBars = bars === null ? [] : barred.map((report) => addBar(bars, report));
    this.timer =
      bars === null
        ? null
        : setInterval(() => {
            this.drawBars();
          }, LIMITS.demoBarPeriodMs);
  }

  /** A report has changed. */
  update(): void {
    if (this.bars !== null) {
      this.drawBars();
      return;
    }
    const nowMs = performance.now();
    const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
    const sent = sum(this.reports.map((report) => report.sent));
    this.rate.note(sent, nowMs);
    if (nowMs - this.lineMs < LIMITS.demoLinePeriodMs) return;
    this.lineMs = nowMs;
    const all = this.reports.map((report) => `${String(report.agency)}: ${String(report.sent)}`);
    const perSecond = this.rate.perSecond(nowMs);
    const left = etaText(sum(this.reports.map(({ bets }) => bets)) - sent, perSecond);
    print(`  stored so far, by agency: ${all.join(', ')} | ${rateText(perSecond)} | ${left} left`);
  }

  /** A line above the bars. */
  note(text: string): void {
    if (this.bars === null) print(`  ${text}`);
    else this.bars.log(`  ${text}\n`);
  }

  /** Ends the bars, wherever they are. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.drawBars();
    this.bars?.stop();
  }

  /**
   * @param keep the central stays
   * @returns whether everything that was sent is stored, and every agency has its winners
   */
  finish(stored: ReadonlyMap<number, number>, seconds: number, keep: boolean): boolean {
    this.close();
    const { reports } = this;
    print(resultText(reports, stored, 'in bets.csv', seconds));
    if (keep) print(`The central stays, with the board at ${this.boardUrl}. Ctrl-C ends it.`);
    return reports.every(
      ({ agency, sent, winners: found }) => found !== null && sent === (stored.get(agency) ?? 0),
    );
  }

  /** The central has ended, and what it stored is there. */
  noteKept(directory: string): void {
    const word = shellWord(directory);
    print(
      `What it stored stays in ${directory}: \`${programCommand()} verify ${word}\` checks it, ` +
        `\`rm -r ${word}\` removes it.`,
    );
  }

  private drawBars(): void {
    const nowMs = performance.now();
    for (const { bar, report, rate } of this.agencyBars) {
      const { bets, sent } = report;
      rate.note(sent, nowMs);
      const perSecond = rate.perSecond(nowMs);
      const left = bets - sent;
      bar.update(sent, { stored: sent, rate: rateText(perSecond), left: etaText(left, perSecond) });
    }
  }
}

function createBars(reports: readonly Barred[]): MultiBar {
  const options = { format: barFormat(reports), hideCursor: true, clearOnComplete: false };
  return new MultiBar(options, Presets.shades_classic);
}

/** The line of an agency, with a bar as long as there is room beside the numbers. */
export function barFormat(reports: readonly Barred[]): GenericFormatter {
  const digits = (of: (report: Barred) => number): number =>
    String(reports.reduce((most, report) => Math.max(most, of(report)), 0)).length;
  const numberChars = digits(({ agency }) => agency) + digits(({ bets }) => bets);
  return fitBar(Format.Formatter, BAR_TEXT, () => BAR_TEXT_LONGEST.length + numberChars);
}

function addBar(bars: MultiBar, report: AgencyReport): AgencyBar {
  const { agency, bets } = report;
  const bar = bars.create(Math.max(bets, 1), 0, { agency, stored: 0, rate: '', left: '?' });
  return { report, bar, rate: new Rate() };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
