/** The table itself. Only the rows that can be seen are there, so 10,000 agencies cost what five do. */
import { signal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { TEXT } from '../text/text';
import { COLUMNS, type ColumnKey } from './columns';
import { Row } from './row';
import { mostBets, order, selection, sortBy } from './selection';

/** As in style/agencies.css. */
const ROW_HEIGHT_PX = 32;
/** Rows above and below those that are seen, so that scrolling shows no gaps. */
const OVERSCAN_ROWS = 12;

const scrolledPx = signal(0);
const heightPx = signal(400);

export function Table(): JSX.Element {
  const box = useMeasuredBox();
  const rows = selection.value;
  const last = Math.max(0, rows.length - Math.ceil(heightPx.value / ROW_HEIGHT_PX));
  const first = Math.max(
    0,
    Math.min(last, Math.floor(scrolledPx.value / ROW_HEIGHT_PX)) - OVERSCAN_ROWS,
  );
  const visible = Math.ceil(heightPx.value / ROW_HEIGHT_PX) + 2 * OVERSCAN_ROWS;
  const page = rows.slice(first, first + visible);
  return (
    <div
      class="table"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={TEXT.tableName}
      onScroll={({ currentTarget }) => {
        scrolledPx.value = currentTarget.scrollTop;
      }}
    >
      <table aria-rowcount={rows.length + 1}>
        <colgroup>
          {COLUMNS.map(({ key }) => (
            <col key={key} class={`col-${key}`} />
          ))}
        </colgroup>
        <Head />
        <tbody>
          <Gap rows={first} />
          {page.map((row, i) => (
            <Row key={row.agency} row={row} index={first + i + 2} mostBets={mostBets.value} />
          ))}
          <Gap rows={rows.length - first - page.length} />
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">{TEXT.none}</p>}
    </div>
  );
}

/** An element whose height is in `heightPx`, also when it changes. */
function useMeasuredBox(): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      heightPx.value = element.clientHeight;
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return box;
}

function Head(): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ key, name, isNumber }) => (
          <th key={key} scope="col" class={isNumber ? 'figure' : ''} aria-sort={directionOf(key)}>
            <button
              type="button"
              title={TEXT.sortBy(name)}
              onClick={() => {
                sortBy(key);
              }}
            >
              {name}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Stands for rows that are not there. */
function Gap({ rows }: { readonly rows: number }): JSX.Element | null {
  if (rows <= 0) return null;
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={COLUMNS.length} style={{ height: `${String(rows * ROW_HEIGHT_PX)}px` }} />
    </tr>
  );
}

function directionOf(key: ColumnKey): 'ascending' | 'descending' | 'none' {
  if (order.value.key !== key) return 'none';
  return order.value.isDescending ? 'descending' : 'ascending';
}
