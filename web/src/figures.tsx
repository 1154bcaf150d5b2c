/** The numbers to look at first. */
import type { JSX } from 'preact';
import type { Sample } from '../../src/board/feed';
import { board } from './feed';
import { samplesOfRun } from './model';
import { FORMAT, TEXT } from './text/text';

/** A central with little to do does not commit every second. */
const RECENT_SAMPLES = 5;

export function Figures(): JSX.Element | null {
  const { value } = board;
  if (value === null) return null;
  const { state } = value;
  const samples = samplesOfRun(value);
  const last = samples.at(-1);
  const recent = samples.slice(-RECENT_SAMPLES);
  const durability = state.store === 'database' ? commitTime(recent) : syncTime(recent);
  return (
    <dl class="figures card">
      <Figure name={TEXT.bets} value={FORMAT.count(state.bets)} />
      <Figure name={TEXT.rate} value={FORMAT.count(rateOf(recent))} />
      {state.edition === 'lottery' && (
        <>
          <Figure
            name={TEXT.finished}
            value={FORMAT.count(state.finished)}
            of={FORMAT.count(state.expected)}
          />
          <Figure name={TEXT.held} value={FORMAT.count(state.waiting)} />
        </>
      )}
      <Figure name={TEXT.connections} value={FORMAT.count(last?.connections ?? 0)} />
      <Figure
        name={state.store === 'database' ? TEXT.commitTime : TEXT.sync}
        value={durability === undefined ? '–' : FORMAT.milliseconds(durability)}
      />
    </dl>
  );
}

/** How long an fdatasync took, p99 in milliseconds; undefined: there was none. */
function syncTime(samples: readonly Sample[]): number | undefined {
  return samples.findLast(({ syncs }) => syncs > 0)?.syncP99Ms;
}

/** The same of a whole commit: a database syncs itself. */
function commitTime(samples: readonly Sample[]): number | undefined {
  return samples.findLast(({ commits }) => commits > 0)?.commitP99Ms;
}

function rateOf(samples: readonly Sample[]): number {
  const seconds = samples.reduce((sum, sample) => sum + sample.seconds, 0);
  return seconds === 0 ? 0 : samples.reduce((sum, { bets }) => sum + bets, 0) / seconds;
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly of?: string;
}

function Figure({ name, value, of }: FigureProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {of !== undefined && <small> / {of}</small>}
      </dd>
    </div>
  );
}
