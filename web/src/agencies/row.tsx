/** One agency in the table. */
import type { JSX } from 'preact';
import type { AgencyRow } from '../../../src/board/feed';
import { lookOf } from '../places';
import { COLUMNS, textOf } from './columns';
import { context } from './selection';

interface RowProps {
  readonly row: AgencyRow;
  /** As in `aria-rowindex`. */
  readonly index: number;
  /** Bets of the agency that has most. */
  readonly mostBets: number;
}

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
        return (
          <td
            key={key}
            class={isNumber ? 'figure' : `cell-${key}`}
            // What may not fit.
            title={isNumber && key !== 'reconnects' ? undefined : text}
          >
            {key === 'state' ? <span class={`state ${lookOf(row)}`}>{text}</span> : text}
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
