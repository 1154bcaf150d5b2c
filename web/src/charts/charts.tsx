/** Charts over time, one sample a second. */
import { computed, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { board } from '../feed';
import { FORMAT, TEXT } from '../text/text';
import { momentsOf, spanMsOf } from '../timeline';
import { CHARTS_OF, type Chart, type Series } from './catalogue';
import { Plot } from './plot';
import { clockAt, gapsOf, pointsOf } from './points';

/** The sample that the pointer is at, in all charts; null: it is elsewhere. */
const pointed = signal<number | null>(null);

/** What is drawn. The same objects until samples come: charts are not drawn anew for the pointer. */
const drawn = computed(() => {
  const moments = momentsOf(board.value?.runs ?? []);
  const gaps = gapsOf(moments);
  return {
    gaps,
    points: pointsOf(moments, gaps),
    samples: moments.map(({ sample }) => sample),
    spanMs: spanMsOf(moments),
  };
});

export function Charts(): JSX.Element {
  const { gaps, points, samples, spanMs } = drawn.value;
  const at = points[pointed.value ?? points.length - 1];
  return (
    <section class="card" aria-labelledby="charts-title">
      <div class="bar">
        <h2 id="charts-title">{TEXT.charts}</h2>
        <p class="hint">
          {samples.length === 0 ? TEXT.noSamples : TEXT.chartsHint(FORMAT.duration(spanMs))}
          {gaps.length > 0 && ` ${TEXT.chartsGaps(gaps.length)}`}
        </p>
        <p class="moment" aria-hidden="true">
          {pointed.value !== null && at !== undefined && FORMAT.time(clockAt(points, at.atMs))}
        </p>
      </div>
      <div class="charts">
        {CHARTS_OF[board.value?.state.store ?? 'directory'].map((chart) => (
          <figure key={chart.title}>
            <figcaption>
              <b>{chart.title}</b>
              {chart.series.map((series) => (
                <span key={series.name} class={`series colour-${String(series.colour)}`}>
                  {series.name}{' '}
                  <output>{valueText(chart, at?.sample ? series.value(at.sample) : null)}</output>
                </span>
              ))}
            </figcaption>
            <div role="img" aria-label={chart.series.map((one) => says(chart, one)).join('; ')}>
              <Plot
                chart={chart}
                points={points}
                gaps={gaps}
                onPoint={(index) => {
                  pointed.value = index;
                }}
              />
            </div>
          </figure>
        ))}
      </div>
    </section>
  );
}

function valueText({ unit }: Chart, value: number | null): string {
  return value === null ? '–' : unit(value);
}

function says(chart: Chart, { name, value }: Series): string {
  const values = drawn.value.samples.map(value);
  const highest = values.reduce<number>((most, one) => Math.max(most, one ?? 0), 0);
  const title = `${chart.title} ${name}`.trim();
  return TEXT.chartSays(title, valueText(chart, values.at(-1) ?? null), chart.unit(highest));
}
