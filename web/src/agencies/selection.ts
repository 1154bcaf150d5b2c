/** Which agencies the table shows, in which order: the reader's choice. */
import { computed, signal } from '@preact/signals';
import type { AgencyRow } from '../../../src/board/feed';
import { board } from '../feed';
import { COLUMNS, textOf, valueOf, type CellContext, type ColumnKey } from './columns';

export type Group = 'all' | 'missing' | 'errors';

export interface Order {
  readonly key: ColumnKey;
  readonly isDescending: boolean;
}

export const filter = signal('');
export const filtered = signal<Group>('all');
export const order = signal<Order>({ key: 'agency', isDescending: false });

export const context = computed<CellContext>(() => ({
  rates: board.value?.rates ?? new Map<number, number>(),
  upMs: board.value?.state.upMs ?? 0,
}));

/** The rows that the table shows, in its order. */
export const selection = computed<readonly AgencyRow[]>(() => {
  const wanted = filter.value.trim().toLocaleLowerCase();
  const rows = [...(board.value?.agencies.values() ?? [])].filter(
    (row) => isInGroup(row, filtered.value) && (wanted === '' || matches(row, wanted)),
  );
  const { key, isDescending } = order.value;
  const sign = isDescending ? -1 : 1;
  const cells = context.value;
  return rows
    .map((row) => ({ row, value: valueOf(key, row, cells) }))
    .sort((a, b) => sign * compare(a.value, b.value) || a.row.agency - b.row.agency)
    .map(({ row }) => row);
});

/** Bets known of the agency that has most; 1 at least. */
export const mostBets = computed(() => {
  let most = 1;
  for (const { stored, inFlight } of board.value?.agencies.values() ?? []) {
    most = Math.max(most, stored + inFlight);
  }
  return most;
});

/** Sorts by a column; once more, the other way around. */
export function sortBy(key: ColumnKey): void {
  const { value } = order;
  const isDescendingFirst = COLUMNS.some((one) => one.key === key && one.isDescendingFirst);
  order.value = { key, isDescending: value.key === key ? !value.isDescending : isDescendingFirst };
}

function isInGroup(row: AgencyRow, group: Group): boolean {
  switch (group) {
    case 'all':
      return true;
    case 'missing':
      return !row.finished;
    case 'errors':
      return row.lastError !== '';
  }
}

/** A number finds the agency that has it; other text is looked for in what can be read in the row. */
function matches(row: AgencyRow, wanted: string): boolean {
  if (/^\d+$/.test(wanted)) return String(row.agency) === wanted;
  const words = [textOf('state', row, context.value), row.address, row.lastError].join(' ');
  return words.toLocaleLowerCase().includes(wanted);
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
