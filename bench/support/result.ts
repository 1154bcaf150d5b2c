/** What a figure hands back; everything that is printed, drawn or written is made from it. */
import { ratios, summarise, type Summary } from './statistics';

/** What the project promises of a row. */
export interface Goal {
  readonly of: 'ratio' | 'ours';
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One line of the table: one quantity in one setting. */
export interface Row {
  readonly setting: string;
  readonly metric: string;
  readonly unit: string;
  readonly ours: Summary;
  /** The same of the floor, measured in the same run; null where there is none. */
  readonly floor: Summary | null;
  /** Ours divided by the floor's, pair by pair. */
  readonly ratio: Summary | null;
  readonly goal: Goal | null;
}

export interface Plot {
  /** Name of the file in docs/plots, without `.svg`. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly kind: 'bar' | 'line';
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly Summary[] }[];
}

export interface FigureResult {
  readonly rows: readonly Row[];
  readonly plots: readonly Plot[];
  /** What could not be measured, and why; what the figures do not show. */
  readonly notes: readonly string[];
}

/** A figure as it is stored, with where and how it was measured. */
export interface StoredFigure extends FigureResult {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  /** Of the build; figures of earlier versions of the benchmark have none. */
  readonly commit?: string;
}

export interface RowInput {
  readonly setting: string;
  readonly metric: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly floor?: readonly number[];
  readonly goal?: Goal;
}

export function makeRow({ setting, metric, unit, ours, floor, goal }: RowInput): Row {
  return {
    setting,
    metric,
    unit,
    ours: summarise(ours),
    floor: floor === undefined ? null : summarise(floor),
    ratio: floor === undefined ? null : summarise(ratios(ours, floor)),
    goal: goal ?? null,
  };
}

/** Which stored row is meant. */
export interface RowName {
  /** Name of the figure. */
  readonly figure: string;
  readonly metric: string;
  /** The row's setting, all of it; undefined: the last row with this metric counts. */
  readonly setting?: string;
}

/** The row of this name, if it was measured. */
export function findRow(
  figures: readonly StoredFigure[],
  { figure, metric, setting }: RowName,
): Row | undefined {
  const rows = figures.find(({ name }) => name === figure)?.rows ?? [];
  const fitting = rows.filter((row) => row.metric === metric);
  return setting === undefined ? fitting.at(-1) : fitting.find((row) => row.setting === setting);
}

/** Whether the median keeps the promise; null where there is none. */
export function isMet({ goal, ours, ratio }: Row): boolean | null {
  if (goal === null) return null;
  const value = goal.of === 'ours' ? ours.median : ratio?.median;
  if (value === undefined) return null;
  return value >= (goal.atLeast ?? -Infinity) && value <= (goal.atMost ?? Infinity);
}
