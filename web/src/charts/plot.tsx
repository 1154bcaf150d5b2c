/** One chart, drawn by uPlot. */
import type { JSX, RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { FORMAT } from '../text/text';
import { theme } from '../theme';
import type { Chart } from './catalogue';
import { clockAt, type Gap, type Point } from './points';

const HEIGHT_PX = 120;
/** A gap of a second in five minutes must be seen, too. */
const GAP_MIN_PX = 3;
/** The page knows itself where the pointer is: uPlot does not listen to touch, nor to keys. */
const NO_LISTENERS: uPlot.Cursor.Bind = {
  mousedown: none,
  mouseup: none,
  mousemove: none,
  mouseenter: none,
  mouseleave: none,
  click: none,
  dblclick: none,
};
/** Where a cursor cannot be seen. */
const NOWHERE_PX = -10;

interface PlotProps {
  readonly chart: Chart;
  readonly points: readonly Point[];
  readonly gaps: readonly Gap[];
  /** Index of the point at which the charts are read; null: the latest one. */
  readonly marked: number | null;
  /** Called with the point that the mouse is at; null: with none. */
  readonly onPoint: (index: number | null) => void;
  /** Called with the point that a finger or a pen tapped at. */
  readonly onChoose: (index: number) => void;
}

type Shown = Pick<PlotProps, 'points' | 'gaps' | 'marked'> & { readonly data: uPlot.AlignedData };

/** What is shown when it is read, which may be after later samples came. */
interface ShownNow {
  readonly current: Shown;
}

/** The colour of a name in the style sheet. */
type Colours = (name: string) => string;

export function Plot({ chart, points, gaps, marked, onPoint, onChoose }: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const data = useMemo(() => dataOf(chart, points), [chart, points]);
  const shown = useRef<Shown>({ data, points, gaps, marked });
  shown.current = { data, points, gaps, marked };
  const plot = usePlot(chart, box, shown);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  useEffect(() => {
    if (plot.current !== null) mark(plot.current, shown.current);
  }, [marked]);
  const indexAt = ({ clientX }: PointerEvent): number | null => {
    const { current: u } = plot;
    return u === null ? null : u.posToIdx(clientX - u.over.getBoundingClientRect().left);
  };
  return (
    <div
      class="plot"
      ref={box}
      onPointerMove={(event) => {
        if (event.pointerType === 'mouse') onPoint(indexAt(event));
      }}
      // A finger that scrolls the page ends with another event.
      onPointerUp={(event) => {
        const index = event.pointerType === 'mouse' ? null : indexAt(event);
        if (index !== null) onChoose(index);
      }}
      onPointerLeave={() => {
        onPoint(null);
      }}
    />
  );
}

/** The plot in the box; made again for another chart or theme, and of the size that the box has. */
function usePlot(
  chart: Chart,
  box: RefObject<HTMLDivElement | null>,
  shown: ShownNow,
): RefObject<uPlot | null> {
  const plot = useRef<uPlot | null>(null);
  const chosenTheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    // Colours are read when a plot is made.
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(chart, element, shown), shown.current.data, element);
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
  return plot;
}

function none(): null {
  return null;
}

/** Draws the line at the point at which the charts are read. */
function mark(u: uPlot, { data: [seconds], marked }: Shown): void {
  const at = marked === null ? undefined : seconds[marked];
  const left = at === undefined ? NOWHERE_PX : u.valToPos(at, 'x');
  u.setCursor({ left, top: 0 }, false);
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

function optionsOf({ series, unit }: Chart, element: HTMLElement, shown: ShownNow): uPlot.Options {
  const colour = colourReader(element);
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    // Labels stand in the middle of their ticks, also at the ends of the axes.
    padding: [10, 24, 4, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, bind: NO_LISTENERS },
    hooks: {
      drawClear: [
        (u) => {
          shade(u, shown.current.gaps, colour('--line'));
        },
      ],
      // A moment that is chosen moves on with its samples.
      draw: [
        (u) => {
          mark(u, shown.current);
        },
      ],
    },
    // An axis from zero: a chart that starts elsewhere makes noise look like news.
    scales: { y: { range: (_, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: axesOf(unit, colour, shown),
    series: seriesOf(series, colour),
  };
}

/** Of time, and of the chart's unit. */
function axesOf(unit: Chart['unit'], colour: Colours, shown: ShownNow): uPlot.Axis[] {
  const axis = { stroke: colour('--soft'), font: '11px system-ui', ticks: { show: false } };
  return [
    {
      ...axis,
      grid: { show: false },
      space: 64,
      // Below the number at the end of the other axis, half of which is below the chart.
      size: 24,
      gap: 8,
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
  ];
}

/** The first one is time, which is not drawn. */
function seriesOf(series: Chart['series'], colour: Colours): uPlot.Series[] {
  return [
    {},
    ...series.map(({ colour: number }) => ({
      stroke: colour(`--series-${String(number)}`),
      ...(series.length === 1 ? { fill: colour('--series-fill') } : {}),
      width: 1.5,
      points: { show: false },
    })),
  ];
}

/** What a tick says: the central's clock, to the nearest second. */
function timeText(points: readonly Point[], atMs: number): string {
  return FORMAT.time(1_000 * Math.round(clockAt(points, atMs) / 1_000));
}

/** Reads the colours of the style sheet as they are now, light or dark. */
function colourReader(element: HTMLElement): Colours {
  return (name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
