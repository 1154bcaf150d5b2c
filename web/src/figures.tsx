/** The numbers to look at first. */
import type { JSX } from 'preact';
import { board } from './feed';
import { FORMAT, TEXT } from './text/text';

export function Figures(): JSX.Element | null {
  const { value } = board;
  if (value === null) return null;
  const { state, samples } = value;
  const last = samples.at(-1);
  const rate = last === undefined ? 0 : last.bets / last.seconds;
  return (
    <dl class="figures card">
      <Figure name={TEXT.bets} value={FORMAT.count(state.bets)} />
      <Figure name={TEXT.rate} value={FORMAT.count(rate)} />
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
        name={TEXT.sync}
        value={last === undefined || last.commits === 0 ? '–' : FORMAT.milliseconds(last.syncP99Ms)}
      />
    </dl>
  );
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
