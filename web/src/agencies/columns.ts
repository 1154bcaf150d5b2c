/** The columns of the table of agencies: what they compare and what they show. */
import type { AgencyRow } from '../../../src/board/feed';
import { lookOf } from '../places';
import { FORMAT, TEXT } from '../text/text';

export type ColumnKey =
  | 'agency'
  | 'state'
  | 'stored'
  | 'known'
  | 'rate'
  | 'unanswered'
  | 'rejected'
  | 'reconnects'
  | 'winners'
  | 'address'
  | 'error';

export interface Column {
  readonly key: ColumnKey;
  readonly name: string;
  readonly isNumber: boolean;
  /** Whether what is highest or worst is what one looks for: such a column is sorted from there first. */
  readonly isDescendingFirst: boolean;
}

/** What a cell is made of, beside its row. */
export interface CellContext {
  readonly rates: ReadonlyMap<number, number>;
  /** How long the central has been up, in milliseconds. */
  readonly upMs: number;
}

export const COLUMNS: readonly Column[] = [
  { key: 'agency', name: TEXT.colAgency, isNumber: true, isDescendingFirst: false },
  { key: 'state', name: TEXT.colState, isNumber: false, isDescendingFirst: false },
  { key: 'stored', name: TEXT.colStored, isNumber: true, isDescendingFirst: true },
  { key: 'known', name: TEXT.colKnown, isNumber: true, isDescendingFirst: true },
  { key: 'rate', name: TEXT.colRate, isNumber: true, isDescendingFirst: true },
  { key: 'unanswered', name: TEXT.colUnanswered, isNumber: true, isDescendingFirst: true },
  { key: 'rejected', name: TEXT.colRejected, isNumber: true, isDescendingFirst: true },
  { key: 'reconnects', name: TEXT.colReconnects, isNumber: true, isDescendingFirst: true },
  { key: 'winners', name: TEXT.colWinners, isNumber: true, isDescendingFirst: true },
  { key: 'address', name: TEXT.colAddress, isNumber: false, isDescendingFirst: false },
  { key: 'error', name: TEXT.colError, isNumber: false, isDescendingFirst: true },
];

/** As many as a number in an address has at most, so that addresses are sorted by their numbers. */
const ADDRESS_DIGITS = 5;

/** What rows are sorted by. */
export function valueOf(key: ColumnKey, row: AgencyRow, { rates }: CellContext): number | string {
  switch (key) {
    case 'state':
      return TEXT.looks[lookOf(row)];
    case 'known':
      return row.stored + row.inFlight;
    case 'rate':
      return rates.get(row.agency) ?? 0;
    case 'winners':
      return row.winners ?? -1;
    case 'reconnects':
      return row.reconnects + row.connections;
    case 'error':
      return row.lastError === '' ? -1 : row.lastErrorUpMs;
    case 'address':
      return row.address.replaceAll(/\d+/g, (digits) => digits.padStart(ADDRESS_DIGITS, '0'));
    case 'agency':
    case 'stored':
    case 'unanswered':
    case 'rejected':
      return row[key];
  }
}

/** What a cell says. Zeros of columns that are mostly zero are left out, so that others stand out. */
export function textOf(key: ColumnKey, row: AgencyRow, context: CellContext): string {
  switch (key) {
    case 'agency':
      return String(row.agency);
    case 'rate': {
      const rate = context.rates.get(row.agency);
      return rate === undefined ? '' : FORMAT.count(rate);
    }
    case 'error': {
      if (row.lastError === '') return '';
      return `${row.lastError}, ${TEXT.ago(FORMAT.duration(context.upMs - row.lastErrorUpMs))}`;
    }
    case 'winners':
      return row.winners === null ? '' : FORMAT.count(row.winners);
    case 'unanswered':
    case 'rejected':
      return countText(row[key]);
    case 'reconnects': {
      const { connections } = row;
      const many = connections === 0 ? '' : TEXT.manyConnections(connections);
      return [countText(row.reconnects), many].filter((part) => part !== '').join(' + ');
    }
    case 'stored':
    case 'known':
      return FORMAT.count(Number(valueOf(key, row, context)));
    case 'state':
      return TEXT.looks[lookOf(row)];
    case 'address':
      return row.address;
  }
}

function countText(count: number): string {
  return count === 0 ? '' : FORMAT.count(count);
}
