/** The agencies as a table, of as many columns as fit. */
import { rateText } from '../../base/rate';
import type { StatusAgency } from './read-board';

/** By what the agencies are ordered; all but their number with the largest first. */
export const SORT_KEYS = ['agency', 'bets', 'rate', 'reconnects', 'rejected'] as const;

export type SortKey = (typeof SORT_KEYS)[number];

/** The same without rates, which one answer alone does not give. */
export const STATUS_SORT_KEYS = SORT_KEYS.filter((key) => key !== 'rate');

export interface TableOptions {
  /** Bets a second, by number of the agency; null: not known, and not shown. */
  readonly rates: ReadonlyMap<number, number> | null;
  readonly sort: SortKey;
  /** Lines for agencies at most. */
  readonly rowsMax: number;
  /** Characters of a line, as long as any column can be left out. */
  readonly columnsMax: number;
}

interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** Words stand to the left, numbers to the right. */
  readonly isText?: boolean;
}

const GAP = '  ';
/** What one can do without on a narrow screen, first of all. */
const DISPENSABLE = ['in flight', 'winners', 'reconnects', 'rejected', 'rate', 'connection'];

/** A line with the names of the columns, and one for each agency. */
export function agencyTable(agencies: readonly StatusAgency[], options: TableOptions): string[] {
  const { rowsMax, columnsMax, sort } = options;
  const sorted = sortAgencies(agencies, options);
  const shown = sorted.length > rowsMax ? sorted.slice(0, Math.max(rowsMax - 1, 0)) : sorted;
  const lines = linesOf(fitting(columnsOf(shown, options), sort, columnsMax));
  const hidden = sorted.length - shown.length;
  return hidden === 0 ? lines : [...lines, `... and ${String(hidden)} more`];
}

function sortAgencies(
  agencies: readonly StatusAgency[],
  { rates, sort }: TableOptions,
): readonly StatusAgency[] {
  const valueOf = (row: StatusAgency): number => {
    switch (sort) {
      case 'agency':
        return -row.agency;
      case 'bets':
        return row.stored;
      case 'rate':
        return rates?.get(row.agency) ?? 0;
      case 'reconnects':
        return row.reconnects;
      case 'rejected':
        return row.rejected;
    }
  };
  return [...agencies].sort((a, b) => valueOf(b) - valueOf(a) || a.agency - b.agency);
}

function columnsOf(
  shown: readonly StatusAgency[],
  { rates }: Pick<TableOptions, 'rates'>,
): readonly Column[] {
  const numbers = (head: string, cellOf: (row: StatusAgency) => string): Column => {
    return { head, cells: shown.map(cellOf) };
  };
  const texts = (head: string, cellOf: (row: StatusAgency) => string): Column => {
    return { ...numbers(head, cellOf), isText: true };
  };
  const rateOf = ({ agency }: StatusAgency): string => {
    const rate = rates?.get(agency);
    return rate === undefined ? '-' : rateText(rate);
  };
  return [
    numbers('agency', ({ agency }) => String(agency)),
    numbers('bets', ({ stored }) => String(stored)),
    numbers('in flight', ({ inFlight }) => String(inFlight)),
    ...(rates === null ? [] : [numbers('rate', rateOf)]),
    texts('connection', connectionText),
    numbers('reconnects', reconnectsText),
    numbers('rejected', ({ rejected }) => String(rejected)),
    numbers('winners', ({ winners }) => (winners === null ? '-' : String(winners))),
    texts('last error', ({ lastError }) => lastError),
  ];
}

function connectionText({ finished, connection }: StatusAgency): string {
  return finished && connection === 'gone' ? 'done' : connection;
}

/** An agency that opens a connection for each message does not reconnect: its connections are shown. */
function reconnectsText({ reconnects, connections }: StatusAgency): string {
  if (connections === 0) return String(reconnects);
  const many = connections === 1 ? '1 connection' : `${String(connections)} connections`;
  return reconnects === 0 ? many : `${String(reconnects)} + ${many}`;
}

/** The columns that fit; those without a value go first, and what the table is ordered by stays. */
function fitting(columns: readonly Column[], sort: SortKey, columnsMax: number): readonly Column[] {
  const isEmpty = ({ cells }: Column): boolean => cells.every((cell) => cell === '-');
  const empty = columns.filter(isEmpty).map(({ head }) => head);
  let left = columns;
  for (const dispensable of [...empty, ...DISPENSABLE]) {
    if (lineWidth(left) <= columnsMax) break;
    if (dispensable !== sort) left = left.filter(({ head }) => head !== dispensable);
  }
  return left;
}

function lineWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length);
}

function widthOf({ head, cells }: Column): number {
  return cells.reduce((width, cell) => Math.max(width, cell.length), head.length);
}

function linesOf(columns: readonly Column[]): string[] {
  const padded = columns.map((column) => {
    const width = widthOf(column);
    const pad = (cell: string): string =>
      column.isText === true ? cell.padEnd(width) : cell.padStart(width);
    return [column.head, ...column.cells].map(pad);
  });
  return (padded[0] ?? []).map((_, row) =>
    padded
      .map((cells) => cells[row])
      .join(GAP)
      .trimEnd(),
  );
}
