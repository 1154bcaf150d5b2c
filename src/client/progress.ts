/** Shows how far the agency is: a bar on a terminal, a log line now and then elsewhere. */
import { systemClock } from '../base/clock';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log/log';
import { etaText, fitBar, Rate, rateText } from '../base/rate';
import { takesEscapes } from '../base/process';

export interface Progress {
  /**
   * @param stored bets that the central has
   * @param sourceBytes how far the source has been read for them
   */
  update(stored: number, sourceBytes: number): void;
  end(): void;
}

/** To the start of the terminal's line, and erases it. */
const ERASE_LINE = '\r\u001b[K';
const BAR_TEXT =
  'agencia {agency} {bar} {percentage}% | {stored} bets stored | {rate} | {left} left';
/** The same with the longest texts of all but agency and bets, and without a bar. */
const BAR_TEXT_LONGEST = 'agencia   100% |  bets stored | 99.9k/s | 59m59s left';

/**
 * A bar where standard output is a terminal, else a log line for progress, one in `LIMITS.progressPeriodMs` at most.
 *
 * @param totalBytes of the source; of 0 bytes all have been read
 */
export async function createProgress(
  logger: Logger,
  agency: number,
  totalBytes: number,
): Promise<Progress> {
  return takesEscapes(process.stdout)
    ? createBar(logger, agency, totalBytes)
    : createLogProgress(logger, agency, totalBytes);
}

async function createBar(logger: Logger, agency: number, totalBytes: number): Promise<Progress> {
  const { Format, Presets, SingleBar } = await import('cli-progress');
  const format = fitBar(
    Format.Formatter,
    BAR_TEXT,
    ({ stored }) => [BAR_TEXT_LONGEST, agency, stored].join('').length,
  );
  // Log lines, which may be longer than a line of the terminal, erase it.
  const drawing = { hideCursor: true, clearOnComplete: false, forceRedraw: true, linewrap: true };
  const options = { format, ...drawing };
  const bar = new SingleBar(options, Presets.shades_classic);
  const speed = new Speed(totalBytes);
  const draw = (): void => {
    const { bytes, stored, betsPerSecond, left } = speed.read(systemClock.nowMs());
    bar.update(bytes, { stored, rate: rateText(betsPerSecond), left });
  };
  logger.setPrefix(ERASE_LINE);
  logger.flush();
  bar.start(Math.max(totalBytes, 1), 0, { agency, stored: 0, rate: rateText(0), left: '?' });
  // The rate also falls while there is no progress.
  const timer = setInterval(draw, LIMITS.agencyBarPeriodMs);
  return {
    update: (stored, sourceBytes) => {
      speed.note(stored, sourceBytes, systemClock.nowMs());
    },
    end: () => {
      clearInterval(timer);
      draw();
      bar.stop();
      logger.setPrefix('');
    },
  };
}

function createLogProgress(logger: Logger, agency: number, totalBytes: number): Progress {
  const speed = new Speed(totalBytes);
  let loggedMs = systemClock.nowMs();
  return {
    update: (stored, sourceBytes) => {
      const nowMs = systemClock.nowMs();
      speed.note(stored, sourceBytes, nowMs);
      if (nowMs - loggedMs < LIMITS.progressPeriodMs) return;
      loggedMs = nowMs;
      const percent = totalBytes === 0 ? 100 : Math.floor((sourceBytes / totalBytes) * 100);
      const { betsPerSecond, left } = speed.read(nowMs);
      const rate = Math.round(betsPerSecond);
      logger.info('progress', 'in_progress', { agency, stored, percent, bets_per_s: rate, left });
    },
    end: () => undefined,
  };
}

/** Bets by the second, and the time that is left by the bytes of the source. */
class Speed {
  private readonly bets = new Rate();
  private readonly source = new Rate();
  private stored = 0;
  private bytes = 0;

  constructor(private readonly totalBytes: number) {}

  note(stored: number, sourceBytes: number, nowMs: number): void {
    this.stored = stored;
    this.bets.note(this.stored, nowMs);
    // After a connect the source may not know yet where it is.
    if (sourceBytes === 0) return;
    this.bytes = Math.min(sourceBytes, this.totalBytes);
    this.source.note(this.bytes, nowMs);
  }

  read(nowMs: number): { bytes: number; stored: number; betsPerSecond: number; left: string } {
    const { bytes, stored, totalBytes } = this;
    const left = etaText(totalBytes - bytes, this.source.perSecond(nowMs));
    return { bytes, stored, betsPerSecond: this.bets.perSecond(nowMs), left };
  }
}
