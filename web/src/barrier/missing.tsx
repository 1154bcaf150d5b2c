/** For whom the draw waits. */
import type { JSX } from 'preact';
import type { AgencyRow } from '../../../src/board/feed';
import { filter, filtered } from '../agencies/selection';
import { board } from '../feed';
import { lookOf, missingOf } from '../places';
import { FORMAT, TEXT } from '../text/text';

const SHOWN_MAX = 6;

export function Missing(): JSX.Element | null {
  const { value } = board;
  if (value === null) return null;
  const missing = missingOf(value.agencies.values());
  if (missing.length === 0) return null;
  return (
    <div class="missing">
      <h3>{TEXT.missing(missing.length)}</h3>
      <ul>
        {missing.slice(0, SHOWN_MAX).map((row) => (
          <li key={row.agency} class={`state ${lookOf(row)}`}>
            <b>{TEXT.agencyName(row.agency)}</b> {factsOf(row, value.rates.get(row.agency))}
          </li>
        ))}
        {missing.length > SHOWN_MAX && (
          <li>
            <a
              href="#agencies"
              onClick={() => {
                filter.value = '';
                filtered.value = 'missing';
              }}
            >
              {TEXT.andMore(missing.length - SHOWN_MAX)}
            </a>
          </li>
        )}
      </ul>
    </div>
  );
}

function factsOf(row: AgencyRow, rate: number | undefined): string {
  const facts = [TEXT.looks[lookOf(row)], TEXT.missingBets(row.stored)];
  if (rate !== undefined) facts.push(TEXT.perSecond(FORMAT.count(rate)));
  return facts.join(' · ');
}
