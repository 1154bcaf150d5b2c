/** What the charts show. */
import type { BoardState, Sample } from '../../../src/board/feed';
import { FORMAT, TEXT } from '../text/text';

export interface Series {
  /** Empty where there is only one. */
  readonly name: string;
  /** Which of the colours of charts. */
  readonly colour: 1 | 2;
  /** null: nothing was measured, and there is a gap. */
  readonly value: (sample: Sample) => number | null;
}

export interface Chart {
  readonly title: string;
  readonly unit: (value: number) => string;
  readonly series: readonly Series[];
}

const CHARTS: readonly Chart[] = [
  { title: TEXT.chartBets, unit: FORMAT.compact, series: [one((s) => s.bets / s.seconds)] },
  { title: TEXT.chartBytes, unit: FORMAT.bytes, series: [one((s) => s.bytes / s.seconds)] },
  {
    title: TEXT.chartGroup,
    unit: FORMAT.compact,
    series: [one((s) => (s.commits === 0 ? null : s.groupEntries))],
  },
  {
    title: TEXT.chartLoop,
    unit: FORMAT.milliseconds,
    series: [
      { name: 'p50', colour: 1, value: (s) => s.loopDelayP50Ms },
      { name: 'p99', colour: 2, value: (s) => s.loopDelayP99Ms },
    ],
  },
  {
    title: TEXT.chartParse,
    unit: FORMAT.compact,
    series: [
      { name: TEXT.inline, colour: 1, value: (s) => s.parsedInline / s.seconds },
      { name: TEXT.pooled, colour: 2, value: (s) => s.parsedPooled / s.seconds },
    ],
  },
  {
    title: TEXT.chartMemory,
    unit: FORMAT.bytes,
    series: [
      { name: 'RSS', colour: 1, value: (s) => s.rssBytes },
      { name: TEXT.heap, colour: 2, value: (s) => s.heapBytes },
    ],
  },
  {
    title: TEXT.chartRejects,
    unit: FORMAT.compact,
    series: [
      { name: TEXT.rejects, colour: 1, value: (s) => s.rejects / s.seconds },
      { name: TEXT.refused, colour: 2, value: (s) => s.handshakesRefused / s.seconds },
    ],
  },
];

/** How long it takes until bets are durable. */
const SYNC: Chart = {
  title: TEXT.chartSync,
  unit: FORMAT.milliseconds,
  series: [
    { name: 'p50', colour: 1, value: (s) => (s.syncs === 0 ? null : s.syncP50Ms) },
    { name: 'p99', colour: 2, value: (s) => (s.syncs === 0 ? null : s.syncP99Ms) },
  ],
};
/** The same where a database syncs, and nobody sees how long that alone takes. */
const COMMIT: Chart = {
  title: TEXT.chartCommit,
  unit: FORMAT.milliseconds,
  series: [
    { name: 'p50', colour: 1, value: (s) => (s.commits === 0 ? null : s.commitP50Ms) },
    { name: 'p99', colour: 2, value: (s) => (s.commits === 0 ? null : s.commitP99Ms) },
  ],
};

/** The charts of a central, by where it stores bets. */
export const CHARTS_OF: Readonly<Record<BoardState['store'], readonly Chart[]>> = {
  directory: [...CHARTS.slice(0, 2), SYNC, ...CHARTS.slice(2)],
  database: [...CHARTS.slice(0, 2), COMMIT, ...CHARTS.slice(2)],
};

function one(value: Series['value']): Series {
  return { name: '', colour: 1, value };
}
