/** Charts over time, one sample a second. */
import type { JSX } from 'preact';
import { board } from '../feed';
import { FORMAT, TEXT } from '../text/text';
import { CHARTS_OF, type Chart, type Series } from './catalogue';
import { Moment } from './moment';
import { Plot } from './plot';
import { choosePoint, drawn, marked, pointed } from './reading';

export function Charts(): JSX.Element {
  const { gaps, points, samples, spanMs } = drawn.value;
  const at = points[marked.value ?? points.length - 1];
  return (
    <section class="card" aria-labelledby="charts-title">
      <div class="bar">
        <h2 id="charts-title">{TEXT.charts}</h2>
        <p class="hint">
          {samples.length === 0 ? TEXT.noSamples : TEXT.chartsHint(FORMAT.duration(spanMs))}
          {gaps.length > 0 && ` ${TEXT.chartsGaps(gaps.length)}`}
        </p>
      </div>
      {samples.length > 0 && <Moment />}
      <div class="charts">
        {CHARTS_OF[board.value?.state.store ?? 'directory'].map((chart) => (
          <figure key={chart.title}>
            <figcaption>
              <b>{chart.title}</b>
              {chart.series.map((series) => (
                <span key={series.name} class={`series colour-${String(series.colour)}`}>
                  {series.name}{' '}
                  <span class="value">
                    {valueText(chart, at?.sample ? series.value(at.sample) : null)}
                  </span>
                </span>
              ))}
            </figcaption>
            <div role="img" aria-label={chart.series.map((one) => says(chart, one)).join('; ')}>
              <Plot
                chart={chart}
                points={points}
                gaps={gaps}
                marked={marked.value}
                onPoint={(index) => {
                  pointed.value = index;
                }}
                onChoose={(index) => {
                  choosePoint(points[index]);
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
