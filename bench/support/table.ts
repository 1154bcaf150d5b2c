import Table from 'cli-table3';
import { COLUMNS, showRow } from './format';
import type { StoredFigure } from './result';

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
