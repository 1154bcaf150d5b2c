/** Figures as text. */
import Table from 'cli-table3';
import { isMet, type Goal, type Row, type StoredFigure } from './result';
import type { Summary } from './statistics';

/** Three digits that mean something; thousands separated. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  if (size >= 100 || value === 0) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : value.toPrecision(2);
}

/** `median (min to max)`, or the only value. */
export function showSummary({ median, min, max, runs }: Summary): string {
  if (runs === 1) return showNumber(median);
  return `${showNumber(median)} (${showNumber(min)} to ${showNumber(max)})`;
}

function showGoal({ of, atLeast, atMost }: Goal): string {
  const suffix = of === 'ratio' ? ' x' : '';
  if (atLeast !== undefined) return `>= ${showNumber(atLeast)}${suffix}`;
  return `<= ${showNumber(atMost ?? Number.NaN)}${suffix}`;
}

/** `met`, `not met`, or nothing where there is no goal. */
export function showMet(row: Row): string {
  const met = isMet(row);
  if (met === null) return '';
  return met ? 'met' : 'not met';
}

export const COLUMNS = ['setting', 'metric', 'ours', 'floor', 'ours / floor', 'goal'] as const;

/** A row of the table, a text for each of {@link COLUMNS}. */
export function showRow(row: Row): string[] {
  const { setting, metric, unit, ours, floor, ratio, goal } = row;
  return [
    setting,
    unit === '' ? metric : `${metric}, ${unit}`,
    showSummary(ours),
    floor === null ? '' : showSummary(floor),
    ratio === null ? '' : showSummary(ratio),
    goal === null ? '' : `${showGoal(goal)}: ${showMet(row)}`,
  ];
}

/** A figure for people at a terminal. */
export function tableOf({ title, rows, notes }: StoredFigure): string {
  const table = new Table({
    head: [...COLUMNS],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  let previous = '';
  for (const row of rows) {
    const [setting = '', ...rest] = showRow(row);
    table.push([setting === previous ? '' : setting, ...rest]);
    previous = setting;
  }
  return [title, table.toString(), ...notes.map((note) => `  ${note}`)].join('\n');
}
