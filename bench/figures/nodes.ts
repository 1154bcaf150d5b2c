/** The data set with several versions of Node side by side. */
import { spawnSync } from 'node:child_process';
import { present } from '../../src/base/invariant';
import type { BenchContext } from '../support/context';
import {
  openLotteryData,
  runBareNodes,
  runLottery,
  type LotteryFigures,
} from '../support/lottery-run';
import { makeRow, type FigureResult, type Row } from '../support/result';
import type { Figure } from './figure';

interface Version {
  /** Its program. */
  readonly node: string;
  readonly label: string;
}

interface Measured extends Version {
  readonly lotteries: LotteryFigures[];
  readonly bareSeconds: number[];
}

function versionOf(node: string): Version {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`--node ${node}: it does not say its version`);
  return { node, label: `Node ${stdout.trim().slice(1)}` };
}

function rowsOf({ label: setting, lotteries, bareSeconds }: Measured, first: Measured): Row[] {
  const pair = (
    of: (figures: LotteryFigures) => number,
  ): { readonly ours: number[]; readonly floor: number[] } => ({
    ours: lotteries.map(of),
    floor: first.lotteries.map(of),
  });
  return [
    makeRow({
      setting,
      metric: 'start of the agencies to the last winners',
      unit: 's',
      ...pair(({ seconds }) => seconds),
    }),
    makeRow({ setting, metric: "central's CPU time", unit: 's', ...pair((one) => one.cpuSeconds) }),
    makeRow({
      setting,
      metric: "central's peak memory",
      unit: 'MB',
      ...pair(({ megabytes }) => megabytes),
    }),
    makeRow({
      setting,
      metric: 'five bare ones: start of all to the end of the last',
      unit: 's',
      ours: bareSeconds,
      floor: first.bareSeconds,
    }),
  ];
}

async function run(context: BenchContext): Promise<FigureResult> {
  const { nodes, repeat, quick } = context.options;
  context.say('nodes');
  const versions = [process.execPath, ...nodes].map(versionOf);
  const directory = context.newDirectory();
  const rows: Row[] = [];
  for (const times of quick ? [1] : [1, 10]) {
    const data = openLotteryData(context, context.newDirectory(directory), times);
    const bets = data.bets.toLocaleString('en');
    const measured = versions.map(({ node, label }): Measured => {
      return { node, label: `${label}, ${bets} bets`, lotteries: [], bareSeconds: [] };
    });
    for (let i = 0; i < repeat; i++) {
      for (const { node, lotteries, bareSeconds } of measured) {
        lotteries.push(await runLottery(context, data, { node }));
        bareSeconds.push(await runBareNodes(node));
      }
    }
    for (const one of measured) rows.push(...rowsOf(one, present(measured[0], 'no version')));
  }
  context.removeDirectory(directory);
  return {
    rows,
    plots: [],
    notes: [
      'The floor is the first version, with which the build was made: only that one has code caches.',
      'Versions besides it are those that `--node PROGRAM` names.',
    ],
  };
}

export const nodes: Figure = { name: 'nodes', title: 'Versions of Node', run };
