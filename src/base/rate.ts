/** How fast something grows, and when it will be there: for progress that people watch. */
import type { GenericFormatter } from 'cli-progress';
import { LIMITS } from './limits';

/** What is counted: how much there was, and when. */
interface Reading {
  readonly atMs: number;
  readonly count: number;
}

/** The rate over the last seconds. Time is a parameter of each call, in milliseconds. */
export class Rate {
  /** Oldest first; the first one is as old as the window, or older. */
  private readings: Reading[] = [];

  /** @param windowMs over how long the rate is an average; undefined: as LIMITS has it */
  constructor(private readonly windowMs: number = LIMITS.rateWindowMs) {}

  /** @param count of all so far */
  note(count: number, atMs: number): void {
    const last = this.readings.at(-1);
    const before = this.readings.at(-2);
    // Readings in quick succession count as one, so that there are few.
    const spanMs = (last?.atMs ?? 0) - (before?.atMs ?? -Infinity);
    if (spanMs < this.windowMs / LIMITS.rateReadingsMax) this.readings.pop();
    this.readings.push({ atMs, count });
    const fromMs = atMs - this.windowMs;
    const first = this.readings.findIndex((_, i) => (this.readings[i + 1]?.atMs ?? atMs) > fromMs);
    if (first > 0) this.readings = this.readings.slice(first);
  }

  /** Per second up to now; 0 before there are two readings. */
  perSecond(nowMs: number): number {
    const [first] = this.readings;
    const last = this.readings.at(-1);
    if (first === undefined || last === undefined || nowMs <= first.atMs) return 0;
    return ((last.count - first.count) * 1_000) / (nowMs - first.atMs);
  }
}

/**
 * When something will be done at its rate: `12s`, `3m05s`, `2h07m`; `?` when nothing moves.
 *
 * @param left how much there is left to do
 * @param perSecond 0 or more
 */
export function etaText(left: number, perSecond: number): string {
  if (left <= 0) return '0s';
  const seconds = Math.ceil(left / perSecond);
  if (!Number.isFinite(seconds) || seconds >= 360_000) return '?';
  if (seconds < 60) return `${String(seconds)}s`;
  const [big, small, units] =
    seconds < 3_600
      ? [Math.floor(seconds / 60), seconds % 60, 'ms']
      : [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), 'hm'];
  return `${String(big)}${units.slice(0, 1)}${String(small).padStart(2, '0')}${units.slice(1)}`;
}

/** `950/s`, `1.2k/s`, `3.4M/s`. */
export function rateText(perSecond: number): string {
  if (perSecond < 999.5) return `${String(Math.round(perSecond))}/s`;
  const [value, unit] = perSecond < 999_500 ? [perSecond / 1e3, 'k'] : [perSecond / 1e6, 'M'];
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)}${unit}/s`;
}

/**
 * A progress bar as long as there is room for beside its text, on a terminal that may change its width.
 *
 * @param format of the library: the module is loaded only where there are bars
 * @param text of a line, with `{bar}`
 * @param textCharsMax how long the line gets, without the bar, for the values of its text
 */
export function fitBar(
  format: GenericFormatter,
  text: string,
  textCharsMax: (values: Readonly<Record<string, unknown>>) => number,
): GenericFormatter {
  return (options, params, payload: Record<string, unknown>) => {
    const room = Math.max(params.maxWidth - textCharsMax(payload), LIMITS.barCharsMin);
    const barsize = Math.min(room, LIMITS.barCharsMax);
    return format({ ...options, format: text, barsize }, params, payload);
  };
}
