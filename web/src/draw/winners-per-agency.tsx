/** How the winners are divided among agencies. */
import type { JSX } from 'preact';
import type { AgencyRow } from '../../../src/board/feed';
import { filter, filtered, order } from '../agencies/selection';
import { board } from '../feed';
import { FORMAT, TEXT } from '../text/text';

/** More agencies are in the table. */
const SHOWN_MAX = 12;

export function WinnersPerAgency(): JSX.Element {
  const rows = [...(board.value?.agencies.values() ?? [])];
  const most = rows.reduce((max, { winners }) => Math.max(max, winners ?? 0), 1);
  const shown = rows.length <= SHOWN_MAX ? rows : rows.sort(byWinners).slice(0, SHOWN_MAX);
  return (
    <div class="winners">
      <h3>{TEXT.winnersPerAgency}</h3>
      <ul>
        {shown.map(({ agency, winners }) => (
          <li key={agency}>
            <span>{TEXT.agencyName(agency)}</span>
            <span class="progress finished" aria-hidden="true">
              <i style={{ width: `${String((100 * (winners ?? 0)) / most)}%` }} />
            </span>
            <b>{winners === null ? '–' : FORMAT.count(winners)}</b>
          </li>
        ))}
      </ul>
      {shown.length < rows.length && (
        <a href="#agencies" onClick={showByWinners}>
          {TEXT.andMore(rows.length - shown.length)}
        </a>
      )}
    </div>
  );
}

/** The table has all agencies, whatever it was filtered by. */
function showByWinners(): void {
  filter.value = '';
  filtered.value = 'all';
  order.value = { key: 'winners', isDescending: true };
}

function byWinners(a: AgencyRow, b: AgencyRow): number {
  return (b.winners ?? -1) - (a.winners ?? -1) || a.agency - b.agency;
}
