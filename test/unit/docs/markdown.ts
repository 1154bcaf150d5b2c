/** Reads tables of the documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/program';

/**
 * Rows of every table of a document that has these headings.
 *
 * @param file path from the root of the repository
 * @param headings the first row, cell by cell
 * @returns cells of each row, with `\|` as it is written
 */
export function tableRows(file: string, headings: readonly string[]): string[][] {
  const rows: string[][] = [];
  let isTable = false;
  for (const line of readFileSync(join(ROOT, file), 'utf8').split('\n')) {
    // A `|` inside a cell is written `\|`.
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!line.startsWith('|')) isTable = false;
    else if (cells.slice(1, -1).join('|') === headings.join('|')) isTable = true;
    else if (isTable && !/^\|[-| :]+$/.test(line)) rows.push(cells.slice(1, -1));
  }
  return rows;
}

/** What stands in code quotes in a cell. */
export function codes(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code);
}
