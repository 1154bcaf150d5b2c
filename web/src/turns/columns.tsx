/** Turns as columns, stage upon stage. */
import type { JSX } from 'preact';
import type { TurnSample } from '../../../src/board/feed';
import { STAGES } from './stages';

const HEIGHT = 100;
const COLUMN = 6;
/** Columns that are always there to be filled, so that few turns do not look like many. */
const COLUMNS_MIN = 80;
/** A picture of very short turns is not blown up to look like trouble. */
const HIGHEST_MIN_US = 500;
/** Of the turns, those that fit; a few very long ones are cut off, so that the others can be seen. */
const FITTING_SHARE = 0.9;

interface ColumnsProps {
  readonly turns: readonly TurnSample[];
  /** Which one is looked at. */
  readonly index: number;
}

export function Columns({ turns, index }: ColumnsProps): JSX.Element {
  const highestUs = highestOf(turns);
  const width = columnsFor(turns) * COLUMN;
  return (
    <svg
      class="turns"
      viewBox={`0 0 ${String(width)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="chosen" x={index * COLUMN} y={0} width={COLUMN - 1} height={HEIGHT} />
      {turns.map((turn, i) => (
        <Column key={turn.turn} turn={turn} x={i * COLUMN} scale={HEIGHT / highestUs} />
      ))}
    </svg>
  );
}

/** How many turns the picture holds. */
export function columnsFor(turns: readonly TurnSample[]): number {
  return Math.max(COLUMNS_MIN, turns.length);
}

function highestOf(turns: readonly TurnSample[]): number {
  const sorted = turns.map(({ busyUs }) => busyUs).sort((a, b) => a - b);
  const fitting = sorted[Math.floor((sorted.length - 1) * FITTING_SHARE)] ?? 0;
  return Math.max(HIGHEST_MIN_US, 1.5 * fitting);
}

interface ColumnProps {
  readonly turn: TurnSample;
  readonly x: number;
  /** Units of height to a microsecond. */
  readonly scale: number;
}

function Column({ turn, x, scale }: ColumnProps): JSX.Element {
  let y = HEIGHT;
  return (
    <g class={turn.slow ? 'slow' : ''}>
      {STAGES.map(({ name, busyUs }) => {
        const height = busyUs(turn) * scale;
        y -= height;
        return <rect key={name} class={name} x={x} y={y} width={COLUMN - 1} height={height} />;
      })}
      {turn.slow && <rect class="slow-mark" x={x} y={0} width={COLUMN - 1} height={3} />}
    </g>
  );
}
