/** The turns that took longest, of all that the page has samples of. */
import type { JSX } from 'preact';
import type { TurnSample } from '../../../src/board/feed';
import { board } from '../feed';
import { FORMAT, TEXT } from '../text/text';
import { momentsOf, spanMsOf } from '../timeline';
import { microseconds, STAGES } from './stages';

const SHOWN_MAX = 5;

interface SlowTurnsProps {
  readonly onChoose: (turn: TurnSample) => void;
}

export function SlowTurns({ onChoose }: SlowTurnsProps): JSX.Element | null {
  const moments = momentsOf(board.value?.runs ?? []);
  const samples = moments.map(({ sample }) => sample);
  const all = samples.reduce((sum, { turns }) => sum + turns, 0);
  if (all === 0) return null;
  const slow = samples.reduce((sum, { slowTurns }) => sum + slowTurns, 0);
  const worst = samples
    .flatMap(({ slowestTurn }) => (slowestTurn?.slow === true ? [slowestTurn] : []))
    .sort((a, b) => b.busyUs - a.busyUs)
    .slice(0, SHOWN_MAX);
  return (
    <div class="slow-turns">
      <p>{TEXT.slowTurns(slow, all, FORMAT.duration(spanMsOf(moments)))}</p>
      <ul>
        {worst.map((turn) => (
          <li key={turn.atMs}>
            <button
              type="button"
              onClick={() => {
                onChoose(turn);
              }}
            >
              {FORMAT.time(turn.atMs)} · {microseconds(turn.busyUs)} · {causeOf(turn)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The stage that took most of a turn. */
function causeOf(turn: TurnSample): string {
  const [longest] = [...STAGES].sort((a, b) => b.busyUs(turn) - a.busyUs(turn));
  return longest === undefined ? '' : TEXT.stages[longest.name].toLocaleLowerCase();
}
