/** What the project promises about its speed, and which measured row answers for it. */
import type { RowName } from './result';

export interface SpeedPromise extends RowName {
  readonly what: string;
  readonly goal: string;
  /** Beside the name, what the command needs. */
  readonly flags?: string;
}

const BASE = '5 agencies, window 8, full batches';

export const PROMISES: readonly SpeedPromise[] = [
  {
    what: `central's CPU for a durable bet, ${BASE}`,
    goal: 'at most 1.6 x floor A',
    figure: 'ingest',
    metric: 'CPU for a bet',
    setting: BASE,
  },
  {
    what: 'durable bets per second, same setting',
    goal: 'at least 80 % of floor A',
    figure: 'ingest',
    metric: 'durable bets',
    setting: BASE,
  },
  {
    what: 'bets per CPU second of the central, same setting',
    goal: 'at least 4 million',
    figure: 'ingest',
    metric: 'bets for a CPU second',
    setting: BASE,
  },
  {
    what: 'durable bets per second, 5 agencies, window 1',
    goal: 'at least 70 % of floor A',
    figure: 'ingest',
    metric: 'durable bets',
    setting: '5 agencies, window 1, full batches',
  },
  {
    what: 'the data set, five real agencies, defaults: start to the last winners',
    goal: 'at most 3.3 x floor B',
    figure: 'dataset',
    metric: 'start of the agencies to the last winners',
    setting: '78,697 bets, 5 agencies, defaults',
  },
  {
    what: 'the same, each file ten times',
    goal: 'at most 1.5 x floor B',
    figure: 'dataset-x10',
    metric: 'start of the agencies to the last winners',
    setting: '786,970 bets, 5 agencies, defaults',
  },
  {
    what: "the same: central's CPU",
    goal: "at most 2 x floor B's receiver",
    figure: 'dataset-x10',
    metric: "central's CPU time",
    setting: '786,970 bets, 5 agencies, defaults',
  },
  {
    what: 'the same: batches parsed in the pool, with default settings',
    goal: 'at least 25 %',
    figure: 'dataset-x10',
    metric: 'batches parsed in the pool',
    setting: '786,970 bets, 5 agencies, defaults',
  },
  {
    what: 'the same, against PARSE_WORKERS=0',
    goal: 'at most 5 % slower',
    figure: 'dataset-x10',
    metric: 'start of the agencies to the last winners',
    setting: '786,970 bets, 5 agencies, defaults, against PARSE_WORKERS=0',
  },
  ...[
    ['native', 60],
    ['tlv', 20],
    ['opcode', 20],
    ['2020', 20],
  ].map(([kind, percent]) => ({
    what: `${String(kind)} messages parsed in the pool, groups of 32: main thread's time`,
    goal: `at most ${String(percent)} % of inline`,
    figure: 'policy',
    metric: "main thread's time for a message",
    setting: `${String(kind)}, groups of 32, 1 worker`,
  })),
  {
    what: 'agency: exec to its first byte',
    goal: 'at most 1.6 x a bare Node that connects',
    figure: 'cold-start',
    metric: 'exec to first byte',
    setting: 'agency',
  },
  {
    what: 'central with a store in use: exec to listening',
    goal: 'at most 2 x a bare Node that listens',
    figure: 'cold-start',
    metric: 'exec to first byte',
    setting: 'central, DATA_DIR in use',
  },
  {
    what: 'agency: rows that need a parser, each second',
    goal: 'at least 150,000',
    figure: 'agency',
    metric: 'bets sent',
  },
  {
    what: '10,000 agencies: all finish; memory of each',
    goal: 'at most 12 kB',
    figure: 'connections',
    metric: 'memory for a connection',
  },
  {
    what: '100 million bets: rate, against 1 million',
    goal: 'within 10 %',
    figure: 'scale',
    metric: 'rate, the smaller as floor',
    flags: '--full',
  },
  {
    what: "100 million bets: central's memory",
    goal: 'at most 200 MB',
    figure: 'scale',
    metric: 'peak memory',
    flags: '--full',
  },
  {
    what: 'draw over 100 million bets, against a plain read with as many threads',
    goal: 'at least 60 %',
    figure: 'draw',
    metric: 'scan rate',
    flags: '--full',
  },
  {
    what: "draw of 50 million winners: central's memory",
    goal: 'at most 256 MB',
    figure: 'winners',
    metric: 'peak memory of the draw',
    flags: '--full',
  },
  {
    what: "restart behind it: central's memory",
    goal: 'at most 256 MB',
    figure: 'winners',
    metric: 'peak memory of the restart',
    flags: '--full',
  },
  {
    what: 'restart with 100 million bets',
    goal: 'at most 1 s',
    figure: 'recovery',
    metric: 'exec to listening',
    flags: '--full',
  },
  {
    what: 'durable bets per second with a live board, no viewer',
    goal: 'within 1 %',
    figure: 'board',
    metric: 'durable bets',
    setting: 'board without a viewer',
  },
  {
    what: 'the same, ten viewers',
    goal: 'within 3 %',
    figure: 'board',
    metric: 'durable bets',
    setting: 'board with ten viewers',
  },
  {
    what: 'event-loop delay p99 at 50 % of peak load',
    goal: 'at most 5 ms',
    figure: 'latency',
    metric: 'event-loop delay p99',
  },
];

export function commandOf({ figure, flags }: SpeedPromise): string {
  return `npm run bench -- ${figure}${flags === undefined ? '' : ` ${flags}`}`;
}
