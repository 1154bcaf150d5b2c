/** What users care about first: one table and two plots, made from the stored figures. */
import { showSummary } from './format';
import { findRow, type Plot, type Row, type RowName, type StoredFigure } from './result';
import type { Summary } from './statistics';

const TO_WINNERS = 'start of the agencies to the last winners';
const BARE = 'five bare Nodes (`node -e 0`), and nothing else';
/** Of the course's data; made-up data have another number of bets. */
const DATA_SET = { figure: 'dataset', setting: '78,697 bets, 5 agencies, defaults' };
const TEN_TIMES = { figure: 'dataset-x10', setting: '786,970 bets, 5 agencies, defaults' };
const EMPTY: Summary = { median: 0, min: 0, max: 0, runs: 0 };

interface Answer extends RowName {
  readonly question: string;
}

const ANSWERS: readonly Answer[] = [
  {
    question: "the course's data set, five agencies: from their start to the last winners",
    ...DATA_SET,
    metric: TO_WINNERS,
  },
  {
    question: 'the same, each file ten times',
    ...TEN_TIMES,
    metric: TO_WINNERS,
  },
  {
    question: 'bets made durable each second, five agencies',
    figure: 'ingest',
    metric: 'durable bets',
    setting: '5 agencies, window 8, full batches',
  },
  {
    question: 'the same, each agency one batch at a time',
    figure: 'ingest',
    metric: 'durable bets',
    setting: '5 agencies, window 1, full batches',
  },
  {
    question: 'acknowledgement of a batch at half of the peak load, p99',
    figure: 'latency',
    metric: 'acknowledgement p99',
  },
  {
    question: "central's memory, 100 million bets",
    figure: 'scale',
    metric: 'peak memory',
  },
  {
    question: 'memory for each of 10,000 agencies',
    figure: 'connections',
    metric: 'memory for a connection',
  },
  {
    question: 'draw over 100 million bets, every one of them checked, two threads',
    figure: 'draw',
    metric: 'draw',
  },
  {
    question: 'restart after a crash, 100 million bets stored',
    figure: 'recovery',
    metric: 'exec to listening',
  },
  {
    question: 'start of a central whose store is in use',
    figure: 'cold-start',
    metric: 'exec to first byte',
    setting: 'central, DATA_DIR in use',
  },
  {
    question: 'start of an agency, to its first byte',
    figure: 'cold-start',
    metric: 'exec to first byte',
    setting: 'agency',
  },
];

/** One row for each question: ours, the floor, and the ratio; where nothing was measured, that is said. */
export function overviewRows(figures: readonly StoredFigure[]): string[][] {
  return ANSWERS.map((answer) => {
    const row = findRow(figures, answer);
    if (row === undefined) return [answer.question, 'not measured yet', '', ''];
    const { ours, floor, ratio, unit } = row;
    return [
      answer.question,
      `${showSummary(ours)} ${unit}`,
      floor === null ? '' : `${showSummary(floor)} ${unit}`,
      ratio === null ? '' : `${showSummary(ratio)} x`,
    ];
  });
}

export const OVERVIEW_COLUMNS = ['what', 'ours', 'floor', 'ours / floor'] as const;

/** The two plots on the first page. */
export function overviewPlots(figures: readonly StoredFigure[]): Plot[] {
  return [dataSetPlot(figures), ratePlot(figures)];
}

function dataSetPlot(figures: readonly StoredFigure[]): Plot {
  const of = (name: Omit<RowName, 'figure'>, pick: (row: Row) => Summary | null): Summary[] =>
    [DATA_SET, TEN_TIMES].map((run) => {
      const row = findRow(figures, { ...run, ...name });
      return (row === undefined ? null : pick(row)) ?? EMPTY;
    });
  const wall = { metric: TO_WINNERS };
  const bare = { metric: 'start of all to the end of the last one', setting: BARE };
  return {
    name: 'overview-dataset',
    title: 'Five agencies, from their start to the last winners',
    unit: 's',
    kind: 'bar',
    categories: ['the data set', 'each file ten times'],
    series: [
      { name: 'ours', values: of(wall, ({ ours }) => ours) },
      { name: 'floor B (C, checks nothing)', values: of(wall, ({ floor }) => floor) },
      { name: 'five bare Nodes that do nothing', values: of(bare, ({ ours }) => ours) },
    ],
  };
}

function ratePlot(figures: readonly StoredFigure[]): Plot {
  const rows = (figures.find(({ name }) => name === 'scale')?.rows ?? []).filter(
    ({ metric }) => metric === 'durable bets',
  );
  return {
    name: 'overview-rate',
    title: 'Bets made durable each second, by how many there are',
    unit: 'bets/s',
    kind: 'bar',
    categories: rows.map(({ setting }) => setting),
    series: [
      { name: 'ours', values: rows.map(({ ours }) => ours) },
      { name: 'floor A (Node, checks nothing)', values: rows.map(({ floor }) => floor ?? EMPTY) },
    ],
  };
}
