/** One agency in the table. */
import type { JSX } from 'preact';
import type { AgencyRow } from '../../../src/board/feed';
import { lookOf } from '../places';
import { COLUMNS, textOf, type ColumnKey } from './columns';
import { context } from './selection';

interface RowProps {
  readonly row: AgencyRow;
  /** As in `aria-rowindex`. */
  readonly index: number;
  /** Bets of the agency that has most. */
  readonly mostBets: number;
}

/** Columns whose text may be wider than they are. */
const MAY_BE_CUT: ReadonlySet<ColumnKey> = new Set(['reconnects', 'address', 'error']);

export function Row({ row, index, mostBets }: RowProps): JSX.Element {
  return (
    <tr aria-rowindex={index}>
      {COLUMNS.map(({ key, isNumber }) => {
        const text = textOf(key, row, context.value);
        if (key === 'agency') {
          return (
            <th key={key} scope="row" class="figure">
              {text}
            </th>
          );
        }
        const mayBeCut = MAY_BE_CUT.has(key) && text !== '';
        return (
          <td
            key={key}
            class={isNumber ? 'figure' : `cell-${key}`}
            title={mayBeCut ? text : undefined}
            // Shows all of its text while it has the focus: by keyboard, and by touch.
            tabIndex={mayBeCut ? 0 : undefined}
          >
            {key === 'state' ? (
              <span class={`state ${lookOf(row)}`}>{text}</span>
            ) : (
              <span class="text">{text}</span>
            )}
            {key === 'stored' && <Progress row={row} mostBets={mostBets} />}
          </td>
        );
      })}
    </tr>
  );
}

function Progress({ row, mostBets }: Pick<RowProps, 'row' | 'mostBets'>): JSX.Element {
  const share = (bets: number): string => `${String((100 * bets) / mostBets)}%`;
  return (
    <span class={`progress ${lookOf(row)}`} aria-hidden="true">
      <i style={{ width: share(row.stored) }} />
      <i class="known" style={{ width: share(row.inFlight) }} />
    </span>
  );
}
