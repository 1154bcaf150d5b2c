/** One chart, drawn by uPlot. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { FORMAT } from '../text/text';
import { theme } from '../theme';
import type { Chart } from './catalogue';
import { clockAt, type Gap, type Point } from './points';

const HEIGHT_PX = 120;
/** A gap of a second in five minutes must be seen, too. */
const GAP_MIN_PX = 3;
/** Charts of one name point at the same moment. */
const SYNC_KEY = 'board';

interface PlotProps {
  readonly chart: Chart;
  readonly points: readonly Point[];
  readonly gaps: readonly Gap[];
  /** Called with the point that the pointer is at; null: with none. */
  readonly onPoint: (index: number | null) => void;
}

export function Plot({ chart, points, gaps, onPoint }: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useMemo(() => dataOf(chart, points), [chart, points]);
  const shown = useRef({ data, points, gaps });
  shown.current = { data, points, gaps };
  const chosenTheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    // Colours are read when a plot is made.
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsOf(chart, element, shown, onPoint),
        shown.current.data,
        element,
      );
    };
    make();
    const observer = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(element);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', make);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [chart, chosenTheme]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  return <div class="plot" ref={box} />;
}

function dataOf({ series }: Chart, points: readonly Point[]): uPlot.AlignedData {
  return [
    points.map(({ atMs }) => atMs / 1_000),
    ...series.map(({ value }) =>
      points.map(({ sample }) => (sample === null ? null : value(sample))),
    ),
  ];
}

/** Shades the time of which there are no samples. */
function shade(u: uPlot, gaps: readonly Gap[], colour: string): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  for (const { fromMs, toMs } of gaps) {
    const left = u.valToPos(fromMs / 1_000, 'x', true);
    const width = Math.max(GAP_MIN_PX, u.valToPos(toMs / 1_000, 'x', true) - left);
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

function optionsOf(
  { series, unit }: Chart,
  element: HTMLElement,
  shown: { readonly current: Pick<PlotProps, 'points' | 'gaps'> },
  onPoint: PlotProps['onPoint'],
): uPlot.Options {
  const colour = colourReader(element);
  const axis = { stroke: colour('--soft'), font: '11px system-ui', ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    // Labels stand in the middle of their ticks, also at the ends of the axes.
    padding: [6, 24, 6, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: SYNC_KEY } },
    hooks: {
      drawClear: [
        (u) => {
          shade(u, shown.current.gaps, colour('--line'));
        },
      ],
      setCursor: [
        (u) => {
          onPoint(u.cursor.idx ?? null);
        },
      ],
    },
    // An axis from zero: a chart that starts elsewhere makes noise look like news.
    scales: { y: { range: (_, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        size: 22,
        gap: 2,
        values: (_, splits) =>
          splits.map((seconds) => timeText(shown.current.points, seconds * 1_000)),
      },
      {
        ...axis,
        grid: { stroke: colour('--line'), width: 1 },
        size: 58,
        space: 22,
        gap: 4,
        values: (_, splits) => splits.map((value) => unit(value)),
      },
    ],
    series: [
      {},
      ...series.map(({ colour: number }) => ({
        stroke: colour(`--series-${String(number)}`),
        ...(series.length === 1 ? { fill: colour('--series-fill') } : {}),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

/** What a tick says: the central's clock, to the nearest second. */
function timeText(points: readonly Point[], atMs: number): string {
  return FORMAT.time(1_000 * Math.round(clockAt(points, atMs) / 1_000));
}

/** Reads the colours of the style sheet as they are now, light or dark. */
function colourReader(element: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
