/** What the charts show, and the moment at which the reader reads them. */
import { computed, signal } from '@preact/signals';
import { board } from '../feed';
import { momentsOf, spanMsOf } from '../timeline';
import { gapsOf, pointsOf, type Point } from './points';

/** What is drawn. The same objects until samples come: charts are not drawn anew for the pointer. */
export const drawn = computed(() => {
  const moments = momentsOf(board.value?.runs ?? []);
  const gaps = gapsOf(moments);
  return {
    gaps,
    points: pointsOf(moments, gaps),
    samples: moments.map(({ sample }) => sample),
    spanMs: spanMsOf(moments),
  };
});

/** Index of the point that the mouse is at, in all charts; null: it is elsewhere. */
export const pointed = signal<number | null>(null);

/** When the sample ends that was chosen by keyboard or touch, by the central's clock; null: none was. */
const chosenMs = signal<number | null>(null);

/** Index of the chosen point; null: none is, or its sample is not shown any more. */
export const chosen = computed(() => {
  if (chosenMs.value === null) return null;
  const index = drawn.value.points.findIndex(({ sample }) => sample?.atMs === chosenMs.value);
  return index < 0 ? null : index;
});

/** Index of the point at which all charts are read; null: the latest one, whichever that is. */
export const marked = computed(() => pointed.value ?? chosen.value);

/** Reads charts at this point from now on, while it moves on; in a gap there is nothing to read. */
export function choosePoint(point: Point | undefined): void {
  const sample = point?.sample ?? null;
  if (sample !== null) chosenMs.value = sample.atMs;
}

/** Reads the latest point again. */
export function followLatest(): void {
  chosenMs.value = null;
}
