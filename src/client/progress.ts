/** Shows how far the agency is: a bar on a terminal, a log line now and then elsewhere. */
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log/log';
import { takesEscapes } from '../base/terminal';

export interface Progress {
  /**
   * @param stored bets that the central has
   * @param sourceBytes how far the source has been read for them
   */
  update(stored: number, sourceBytes: number): void;
  end(): void;
}

export async function createProgress(
  logger: Logger,
  agency: number,
  totalBytes: number,
): Promise<Progress> {
  return takesEscapes(process.stdout)
    ? createBar(agency, totalBytes)
    : createLogProgress(logger, agency, totalBytes);
}

async function createBar(agency: number, totalBytes: number): Promise<Progress> {
  const { SingleBar, Presets } = await import('cli-progress');
  const bar = new SingleBar(
    {
      format: `agencia ${String(agency)} {bar} {percentage}% | {stored} bets stored | {duration_formatted}`,
      hideCursor: true,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
  bar.start(Math.max(totalBytes, 1), 0, { stored: 0 });
  return {
    update: (stored, sourceBytes) => {
      bar.update(Math.min(sourceBytes, totalBytes), { stored });
    },
    end: () => {
      bar.stop();
    },
  };
}

function createLogProgress(logger: Logger, agency: number, totalBytes: number): Progress {
  let loggedMs = performance.now();
  return {
    update: (stored, sourceBytes) => {
      if (performance.now() - loggedMs < LIMITS.progressPeriodMs) return;
      loggedMs = performance.now();
      const percent = totalBytes === 0 ? 100 : Math.floor((sourceBytes / totalBytes) * 100);
      logger.info('progress', 'in_progress', { agency, stored, percent });
    },
    end: () => undefined,
  };
}
