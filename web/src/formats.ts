/** Numbers and times as a language writes them. */
import type { Language } from './language';

const BYTE_UNITS: readonly string[] = ['B', 'kB', 'MB', 'GB', 'TB'];

export interface Formats {
  /** A whole number with its thousands apart. */
  readonly count: (value: number) => string;
  /** A number in at most five characters or so, such as `12.3K`. */
  readonly compact: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly milliseconds: (value: number) => string;
  /** Day and time. @param ms milliseconds since 1970 */
  readonly dateTime: (ms: number) => string;
  /** Time of the day. @param ms milliseconds since 1970 */
  readonly time: (ms: number) => string;
  /** A length of time, as `1 h 02 min` or `3 min 20 s`. */
  readonly duration: (ms: number) => string;
}

/** @param timeZone as in `Intl`; undefined: the reader's */
export function createFormats(language: Language, timeZone?: string): Formats {
  const zone = timeZone === undefined ? {} : { timeZone };
  // Spanish leaves numbers of four digits together by default, which a column of numbers does not look well with.
  const whole = new Intl.NumberFormat(language, {
    maximumFractionDigits: 0,
    useGrouping: 'always',
  });
  const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 2 });
  const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const day = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...zone,
  });
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...zone,
  });
  return {
    count: (value) => whole.format(value),
    compact: (value) => short.format(value),
    bytes: (value) => {
      const power = value < 1_000 ? 0 : Math.floor(Math.log10(value) / 3);
      const unit = Math.min(power, BYTE_UNITS.length - 1);
      return `${fine.format(value / 1_000 ** unit)} ${BYTE_UNITS[unit] ?? ''}`;
    },
    milliseconds: (value) => `${fine.format(value)} ms`,
    dateTime: (ms) => day.format(ms),
    time: (ms) => clock.format(ms),
    duration: durationText,
  };
}

/** A winning number as it is on the tickets. */
export function numberText(value: number): string {
  return String(value).padStart(4, '0');
}

function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (hours >= 24) return `${String(Math.floor(hours / 24))} d ${pad(hours % 24)} h`;
  if (hours > 0) return `${String(hours)} h ${pad(minutes % 60)} min`;
  if (minutes > 0) return `${String(minutes)} min ${pad(seconds % 60)} s`;
  return `${String(seconds)} s`;
}
