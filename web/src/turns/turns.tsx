/** The event loop's last turns, for those who learn how it works. */
import { computed, signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { TurnSample } from '../../../src/board/feed';
import { board } from '../feed';
import { FORMAT, TEXT } from '../text/text';
import { Columns, columnsFor } from './columns';
import { SlowTurns } from './slow-turns';
import { microseconds, STAGES } from './stages';

interface Choice {
  readonly turns: readonly TurnSample[];
  readonly index: number;
}

/** A turn that the reader looks at, those around it, and the lottery that they are of; null: the latest ones. */
const chosen = signal<(Choice & { readonly sinceMs: number }) | null>(null);

/** The reader's choice, unless another lottery has come since. */
const kept = computed(() => {
  const { value } = chosen;
  return value?.sinceMs === board.value?.sinceMs ? value : null;
});

const shown = computed<Choice>(() => {
  const turns = board.value?.turns ?? [];
  return kept.value ?? { turns, index: turns.length - 1 };
});

function choose(turns: readonly TurnSample[], index: number): void {
  chosen.value = { turns, index, sinceMs: board.value?.sinceMs ?? 0 };
}

export function Turns(): JSX.Element {
  const { turns, index } = shown.value;
  const turn = turns[index];
  return (
    <section class="card" aria-labelledby="turns-title">
      <h2 id="turns-title">{TEXT.turns}</h2>
      <p class="hint">{TEXT.turnsHint}</p>
      {turn === undefined ? (
        <p class="empty">{TEXT.noTurns}</p>
      ) : (
        <>
          <Columns turns={turns} index={index} />
          <Chooser turns={turns} index={index} />
          <Stages turn={turn} />
        </>
      )}
      <SlowTurns
        onChoose={(slow) => {
          choose([slow], 0);
        }}
      />
    </section>
  );
}

/** Choosing a turn keeps those that are shown, however many follow. */
function Chooser({ turns, index }: Choice): JSX.Element {
  const turn = turns[index];
  return (
    <div class="chooser">
      <input
        type="range"
        aria-label={TEXT.turnChoose}
        aria-valuetext={turn === undefined ? '' : title(turn)}
        min={0}
        max={columnsFor(turns) - 1}
        value={index}
        onInput={({ currentTarget }) => {
          const wanted = Math.min(currentTarget.valueAsNumber, turns.length - 1);
          choose(turns, wanted);
          // Where no turn is yet, the thumb goes back to the last one.
          currentTarget.valueAsNumber = wanted;
        }}
      />
      <p>
        {turn !== undefined && title(turn)}
        {turn?.slow === true && <b class="slow-mark"> {TEXT.slow}</b>}
      </p>
      <button
        type="button"
        disabled={kept.value === null}
        onClick={() => {
          chosen.value = null;
        }}
      >
        {TEXT.turnLatest}
      </button>
    </div>
  );
}

function title({ turn, atMs, busyUs }: TurnSample): string {
  return TEXT.turnSays(
    FORMAT.count(turn),
    FORMAT.time(atMs),
    `${TEXT.turnBusy} ${microseconds(busyUs)}`,
  );
}

function Stages({ turn }: { readonly turn: TurnSample }): JSX.Element {
  const isDatabase = board.value?.state.store === 'database';
  return (
    <ol class="stages">
      {STAGES.map(({ name, us, work }) => (
        <li key={name} class={`stage ${name}`}>
          <h3>
            {TEXT.stages[name]} <b>{microseconds(us(turn))}</b>
          </h3>
          <p class="work">{work(turn)}</p>
          <p class="hint">
            {name === 'commit' && isDatabase ? TEXT.commitHintDatabase : TEXT.stageHints[name]}
          </p>
        </li>
      ))}
    </ol>
  );
}
