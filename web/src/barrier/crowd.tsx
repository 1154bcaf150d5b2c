/** One place on the way to the draw, and the agencies that are there. */
import type { JSX } from 'preact';
import type { AgencyRow } from '../../../src/board/feed';
import { lookOf, type Place } from '../places';
import { FORMAT, TEXT } from '../text/text';

/** Up to here, agencies have their numbers on them. */
const NUMBERED_MAX = 24;
/** Above it, a dot stands for several agencies. */
const DOTS_MAX = 300;

const NAMES: Readonly<Record<Place, string>> = {
  absent: TEXT.absentPlace,
  loading: TEXT.loadingPlace,
  barrier: TEXT.barrierPlace,
  served: TEXT.servedPlace,
};

const HINTS: Readonly<Record<Place, string>> = {
  absent: TEXT.absentHint,
  loading: TEXT.loadingHint,
  barrier: TEXT.barrierHint,
  served: TEXT.servedHint,
};

/** How many agencies a dot stands for, at most. */
export function shareOf(agencies: number): number {
  return Math.max(1, Math.ceil(agencies / DOTS_MAX));
}

interface CrowdProps {
  readonly look: Place;
  readonly rows: readonly AgencyRow[];
  readonly share: number;
  readonly rates: ReadonlyMap<number, number>;
  /** Where they differ from what the lottery says. */
  readonly name?: string;
  readonly hint?: string;
}

export function Crowd(props: CrowdProps): JSX.Element {
  const { look, rows, share, rates, name = NAMES[look], hint = HINTS[look] } = props;
  return (
    <li class={`place ${look}`}>
      <h3>
        {name} <b class={rows.length === 0 ? 'zero' : ''}>{FORMAT.count(rows.length)}</b>
      </h3>
      <p class="hint">{hint}</p>
      <div class={rows.length > NUMBERED_MAX ? 'dots' : 'chips'} aria-hidden="true">
        {rows
          .filter((_, i) => i % share === 0)
          .map((row) => (
            <i
              key={row.agency}
              class={`${lookOf(row)} ${rates.has(row.agency) ? 'busy' : ''}`}
              title={`${TEXT.agencyName(row.agency)}: ${TEXT.looks[lookOf(row)]}`}
            >
              {rows.length <= NUMBERED_MAX && row.agency}
            </i>
          ))}
      </div>
    </li>
  );
}
