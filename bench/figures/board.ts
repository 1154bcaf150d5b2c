/** What the live board costs: a central with it, without and with viewers, against one without it. */
import { get, type ClientRequest } from 'node:http';
import { inTurns, type BenchContext } from '../support/context';
import { measureLoad, type IngestFigures, type IngestSetting } from '../support/ingest-run';
import { startCentral, type Target } from '../support/programs';
import { makeRow, type FigureResult, type Goal, type Row } from '../support/result';
import type { Figure } from './figure';

const BOARD_LISTENS = /action: board \| result: success.*port: (\d+)/;

interface Variant {
  readonly label: string;
  readonly viewers: number;
  readonly rateGoal: Goal;
}

const VARIANTS: readonly Variant[] = [
  { label: 'board without a viewer', viewers: 0, rateGoal: { of: 'ratio', atLeast: 0.99 } },
  { label: 'board with ten viewers', viewers: 10, rateGoal: { of: 'ratio', atLeast: 0.97 } },
];
const LOAD = { agencies: 5, window: 8 };

/** A fresh central under load. @param viewers of its board; null: it has none */
async function ingest(
  context: BenchContext,
  setting: IngestSetting,
  viewers: number | null,
): Promise<IngestFigures> {
  const directory = context.newDirectory();
  const board = viewers !== null;
  const target = await startCentral({ directory, agencies: LOAD.agencies, board });
  const requests = viewers === null ? [] : await watch(target, viewers);
  try {
    return await measureLoad(target, setting);
  } finally {
    for (const request of requests) request.destroy();
    await target.child.stop();
    context.removeDirectory(directory);
  }
}

/** Opens viewers that take what they are sent. @returns once each of them gets events */
async function watch({ child }: Target, viewers: number): Promise<ClientRequest[]> {
  const [, port] = await child.waitFor(BOARD_LISTENS);
  const url = `http://127.0.0.1:${String(port)}/events`;
  const opened = Array.from({ length: viewers }, () => get(url, { agent: false }));
  await Promise.all(
    opened.map(
      (request) =>
        new Promise<void>((resolve, reject) => {
          request.once('response', (response) => {
            // The central is measured, and may end before its viewers.
            response.on('error', () => undefined);
            response.once('data', () => {
              resolve();
            });
            response.resume();
          });
          request.once('error', reject);
        }),
    ),
  );
  for (const request of opened) request.on('error', () => undefined);
  return opened;
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { repeat, only } = context.options;
  const rows: Row[] = [];
  const setting = { ...LOAD, bets: context.bets(6_000_000, 1_000_000) };
  for (const { label, viewers, rateGoal } of VARIANTS) {
    if (!label.includes(only)) continue;
    context.say(`board: ${label}`);
    const { floor, ours } = await inTurns(
      repeat,
      () => ingest(context, setting, null),
      () => ingest(context, setting, viewers),
    );
    const pair = (of: (figures: IngestFigures) => number): { ours: number[]; floor: number[] } => ({
      ours: ours.map(of),
      floor: floor.map(of),
    });
    const rate = pair(({ betsPerSecond }) => betsPerSecond);
    const cpu = pair(({ cpuSeconds, report }) => (cpuSeconds / report.bets) * 1e6);
    rows.push(
      makeRow({ setting: label, metric: 'durable bets', unit: 'bets/s', ...rate, goal: rateGoal }),
      makeRow({ setting: label, metric: 'CPU for a bet', unit: 'us', ...cpu }),
    );
  }
  return {
    rows,
    plots: [],
    notes: ['Floor: the same central without BOARD_PORT. 5 agencies, window 8, full batches.'],
  };
}

export const board: Figure = { name: 'board', title: 'Live board', run };
