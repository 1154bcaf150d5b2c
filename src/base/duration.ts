const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, micro sign
  μs: 1e-3, // U+03BC, Greek letter mu
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
// Escaped, so that bundles are ASCII: V8 keeps a source with one Greek mu in two bytes for each character.
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/**
 * Parses a duration as Go's `time.ParseDuration` writes it (`100ms`, `5s`, `1m30s`, `0`), because
 * the course's configuration files use that form. Negative durations are of no use here.
 *
 * @returns milliseconds, or undefined when the text is not such a duration
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  let totalMs = 0;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * (MS_PER_UNIT[match[2] ?? ''] ?? Number.NaN);
    at = PART.lastIndex;
  }
  return at === 0 || !Number.isFinite(totalMs) ? undefined : totalMs;
}

/** Units of a duration as people write it, from the largest on. */
const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/**
 * Writes a duration as people do: defaults are made from bounds in milliseconds.
 *
 * @returns `10s` for `10000ms`; the text itself where it is no number of milliseconds, or no whole seconds
 */
export function durationText(text: string): string {
  const [, digits] = /^([1-9]\d*)ms$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const ms = Number(digits);
  const [unit, unitMs] = UNITS.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${String(ms / unitMs)}${unit}`;
}
