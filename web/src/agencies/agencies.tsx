/** The table of agencies with its filters. */
import type { JSX } from 'preact';
import { board } from '../feed';
import { TEXT } from '../text/text';
import { filter, filtered, selection, type Group } from './selection';
import { Table } from './table';

const GROUPS: readonly (readonly [Group, string])[] = [
  ['all', TEXT.showAll],
  ['missing', TEXT.showMissing],
  ['errors', TEXT.showErrors],
];

export function Agencies(): JSX.Element {
  return (
    <section class="card" id="agencies" tabIndex={-1} aria-labelledby="agencies-title">
      <div class="bar">
        <h2 id="agencies-title">{TEXT.agencies}</h2>
        <p class="hint" role="status">
          {TEXT.shown(selection.value.length, board.value?.agencies.size ?? 0)}
        </p>
        <fieldset class="choice">
          <legend class="unseen">{TEXT.show}</legend>
          {GROUPS.map(([group, name]) => (
            <label key={group}>
              <input
                type="radio"
                name="group"
                checked={filtered.value === group}
                onChange={() => {
                  filtered.value = group;
                }}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <label class="filter">
          <span class="unseen">{TEXT.filter}</span>
          <input
            type="search"
            placeholder={TEXT.filterPlaceholder}
            value={filter.value}
            onInput={({ currentTarget }) => {
              filter.value = currentTarget.value;
            }}
          />
        </label>
      </div>
      <Table />
      <p class="hint">{TEXT.tableHint}</p>
    </section>
  );
}
