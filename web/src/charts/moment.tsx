/** Chooses the moment at which all charts are read: by keyboard and screen reader, or with a finger. */
import type { JSX } from 'preact';
import { FORMAT, TEXT } from '../text/text';
import { clockAt } from './points';
import { chosen, choosePoint, drawn, followLatest, marked } from './reading';

export function Moment(): JSX.Element {
  const { points } = drawn.value;
  const at = marked.value ?? points.length - 1;
  const point = points[at];
  const clock = point === undefined ? '' : FORMAT.time(clockAt(points, point.atMs));
  // In a gap there is nothing to read, so the slider has no place for it.
  const readable = points.filter(({ sample }) => sample !== null);
  const before = readable.findLastIndex(({ atMs }) => point !== undefined && atMs <= point.atMs);
  return (
    <div class="chooser one-line">
      <input
        type="range"
        aria-label={TEXT.momentChoose}
        aria-valuetext={clock}
        min={0}
        max={readable.length - 1}
        value={before}
        onInput={({ currentTarget }) => {
          choosePoint(readable[currentTarget.valueAsNumber]);
        }}
      />
      <p class="moment" aria-hidden="true">
        {marked.value !== null && clock}
      </p>
      <button type="button" disabled={chosen.value === null} onClick={followLatest}>
        {TEXT.turnLatest}
      </button>
    </div>
  );
}
