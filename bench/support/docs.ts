/** The generated part of docs/PERFORMANCE.md, from docs/performance.json. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLUMNS, showMet, showRow, showSummary } from './format';
import { commandOf, PROMISES } from './goals';
import { OVERVIEW_COLUMNS, overviewPlots, overviewRows } from './overview';
import { writePlots } from './plots';
import { findRow, type Plot, type StoredFigure } from './result';
import { ROOT } from './root';

const DOCUMENT = join(ROOT, 'docs', 'PERFORMANCE.md');
const STORED = join(ROOT, 'docs', 'performance.json');
const PARTS = { overview: 'overview', goals: 'goals', figures: 'figures' } as const;

/** A longer table is folded: the reader sees what was measured, and opens it for the rows. */
const FOLDED_ROWS_MIN = 200;
/** Of a stored number: more than a measurement has, and few enough for a diff that can be read. */
const STORED_DIGITS = 6;

/** Text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` replaced. */
export function replacePart(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/PERFORMANCE.md has no part ${name}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function goalsText(figures: readonly StoredFigure[]): string {
  const rows = PROMISES.map((promise) => {
    const row = findRow(figures, promise);
    const command = `\`${commandOf(promise)}\``;
    if (row === undefined) return [promise.what, promise.goal, 'not measured yet', '', command];
    const { goal, ours, ratio, unit } = row;
    const value = goal?.of === 'ratio' && ratio !== null ? ratio : ours;
    const shown = `${showSummary(value)} ${value === ratio ? 'x' : unit}`;
    return [promise.what, promise.goal, shown, showMet(row), command];
  });
  return tableText(['figure', 'goal', 'measured', '', 'command'], rows);
}

function plotText({ title, unit, name }: Plot): string {
  return `![${title}, ${unit}](plots/${name}.svg)`;
}

function rowsText(rows: StoredFigure['rows']): string {
  const table = tableText(COLUMNS, rows.map(showRow));
  if (rows.length < FOLDED_ROWS_MIN) return table;
  const summary = `<summary>All ${String(rows.length)} rows</summary>`;
  return ['<details>', summary, '', table, '', '</details>'].join('\n');
}

/** A figure for each line. */
function storedText(figures: readonly StoredFigure[]): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(STORED_DIGITS)) : value;
  return `[\n${figures.map((figure) => JSON.stringify(figure, rounded)).join(',\n')}\n]\n`;
}

function figureText(figure: StoredFigure): string {
  const { title, rows, notes, plots, command, machine, date, commit } = figure;
  const build = commit === undefined ? '' : `, commit ${commit}`;
  return [
    `### ${title}`,
    `\`${command}\`, ${date}${build}: ${machine}`,
    ...plots.map(plotText),
    rowsText(rows),
    ...notes,
  ].join('\n\n');
}

/** The figures that docs/PERFORMANCE.md shows now. */
function readStored(): StoredFigure[] {
  return existsSync(STORED) ? (JSON.parse(readFileSync(STORED, 'utf8')) as StoredFigure[]) : [];
}

/** @param order names of all figures, as they are to follow each other */
export async function writeDocs(
  measured: readonly StoredFigure[],
  order: readonly string[],
): Promise<void> {
  const byName = new Map([...readStored(), ...measured].map((figure) => [figure.name, figure]));
  const figures = order.flatMap((name) => byName.get(name) ?? []);
  writeFileSync(STORED, storedText(figures));
  const shown = figures.length > 0 ? figures.map(figureText).join('\n\n') : 'Not measured yet.';
  const overview = overviewPlots(figures);
  await writePlots([...measured.flatMap(({ plots }) => plots), ...overview]);
  let document = readFileSync(DOCUMENT, 'utf8');
  document = replacePart(
    document,
    PARTS.overview,
    [tableText(OVERVIEW_COLUMNS, overviewRows(figures)), ...overview.map(plotText)].join('\n\n'),
  );
  document = replacePart(document, PARTS.goals, goalsText(figures));
  document = replacePart(document, PARTS.figures, shown);
  writeFileSync(DOCUMENT, document);
}
