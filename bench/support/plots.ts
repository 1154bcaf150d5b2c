/** Plots as SVG, drawn by echarts without a browser. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EChartsCoreOption } from 'echarts/core';
import { showNumber } from './format';
import type { Plot } from './result';
import { ROOT } from './root';
import type { Summary } from './statistics';

const WIDTH = 860;
const LINE_HEIGHT = 420;
const BAR_HEIGHT_EACH = 17;
const FRAME_HEIGHT = 110;
const COLOURS = ['#1f6f8b', '#c8cdd2', '#d98324'];

function seriesOf({ kind, series }: Plot): object[] {
  return series.map(({ name, values }, i) => ({
    name,
    type: kind,
    data: values.map(({ median }) => median),
    symbolSize: 8,
    label: {
      show: kind === 'bar',
      position: 'right',
      fontSize: 10,
      formatter: ({ dataIndex }: { dataIndex: number }) => rangeOf(values[dataIndex]),
    },
    itemStyle: { color: COLOURS[i % COLOURS.length] },
  }));
}

function rangeOf(summary: Summary | undefined): string {
  if (summary === undefined) return '';
  const { median, min, max } = summary;
  return `${showNumber(median)} (${showNumber(min)}-${showNumber(max)})`;
}

function optionOf(plot: Plot): EChartsCoreOption {
  const { title, unit, kind, categories, series } = plot;
  const value = { type: 'value', axisLabel: { formatter: showNumber, fontSize: 10 } };
  const category = {
    type: 'category',
    data: [...categories],
    inverse: kind === 'bar',
    axisLabel: { fontSize: 11 },
  };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: `${title}, ${unit}`, left: 'center', textStyle: { fontSize: 15 } },
    legend: { top: 34, itemGap: 24, data: series.map(({ name }) => name) },
    grid: {
      left: kind === 'bar' ? 50 : 20,
      right: kind === 'bar' ? 170 : 40,
      top: 70,
      bottom: 20,
      containLabel: true,
    },
    xAxis: kind === 'bar' ? value : category,
    yAxis: kind === 'bar' ? category : value,
    series: seriesOf(plot),
  };
}

/** Writes docs/plots/NAME.svg for each plot. */
export async function writePlots(plots: readonly Plot[]): Promise<void> {
  const echarts = await import('echarts');
  const directory = join(ROOT, 'docs', 'plots');
  mkdirSync(directory, { recursive: true });
  for (const plot of plots) {
    const bars = plot.categories.length * plot.series.length;
    const height = plot.kind === 'bar' ? FRAME_HEIGHT + bars * BAR_HEIGHT_EACH : LINE_HEIGHT;
    const size = { renderer: 'svg', ssr: true, width: WIDTH, height } as const;
    const chart = echarts.init(null, null, size);
    chart.setOption(optionOf(plot));
    writeFileSync(join(directory, `${plot.name}.svg`), `${chart.renderToSVGString()}\n`);
    chart.dispose();
  }
}
