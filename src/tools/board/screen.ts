/** Lines on a terminal, which wraps those that are too long: a command that it wraps is copied whole. */

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

/** Rows that lines take. */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(Math.ceil(line.length / columns), 1), 0);
}

/** The first lines, as many as there are rows for. */
export function linesOn(
  lines: readonly string[],
  { rows, columns }: ScreenSize,
): readonly string[] {
  let left = rows;
  const tooMany = lines.findIndex((line) => (left -= rowsOf([line], columns)) < 0);
  return tooMany < 0 ? lines : lines.slice(0, tooMany);
}
