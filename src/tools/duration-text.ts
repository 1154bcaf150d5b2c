/** Durations as people write them: defaults are made from bounds in milliseconds. */

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** @returns `10s` for `10000ms`; the text itself where it is no number of milliseconds, or no whole seconds */
export function durationText(text: string): string {
  const [, digits] = /^([1-9]\d*)ms$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const ms = Number(digits);
  const [unit, unitMs] = UNITS.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${String(ms / unitMs)}${unit}`;
}
