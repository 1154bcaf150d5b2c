/** `loteria status` and `loteria top`: the live board, for machines without a browser. */
import { Option, type Command } from 'commander';
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { SORT_KEYS, STATUS_SORT_KEYS, type SortKey } from '../../tools/board/agency-table';
import { updateCount, updatePeriodMs, withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

/** Where `make board` puts it. */
const BOARD_PORT_DEFAULT = '8080';

const VARIABLES = {
  BOARD_PORT: `of the board on this machine, where no address is given (default ${BOARD_PORT_DEFAULT})`,
  NO_COLOR: 'plain lines, also on a terminal',
};

function withBoard(command: Command): Command {
  return command.argument(
    '[board]',
    'address of the board: a port, host:port or http://host:port/',
  );
}

/** @throws LoteriaError USAGE */
function addressOf(board: string | undefined): string {
  if (board !== undefined) return board;
  const port = process.env['BOARD_PORT'] ?? '';
  if (port === '') return BOARD_PORT_DEFAULT;
  if (/^\d{1,5}$/.test(port) && Number(port) <= LIMITS.portMax) return port;
  const expected = `expected a port, 1 to ${String(LIMITS.portMax)}`;
  throw new LoteriaError('USAGE', `BOARD_PORT is "${port}": ${expected}`);
}

function sortOption(keys: readonly SortKey[]): Option {
  const description = 'order of the agencies';
  return new Option('--sort <key>', description).choices(keys).default('agency');
}

/** Adds `loteria status`, which asks the board once. With `--json` it writes the whole answer. */
export function addStatus(program: Command): void {
  const command = withJson(withBoard(program.command('status')))
    .description('show what a central with a live board is doing')
    .addOption(sortOption(STATUS_SORT_KEYS))
    .action(
      async (board: string | undefined, { json, sort }: { json?: boolean; sort: SortKey }) => {
        const { boardUrl, readBoard } = await import('../../tools/board/read-board.js');
        const { statusLines } = await import('../../tools/board/board-text.js');
        const url = boardUrl(addressOf(board));
        const { status, whole } = await readBoard(url);
        if (json === true) {
          writeJson(whole);
          return;
        }
        const options = { url: url.href, nowMs: Date.now(), rates: null, sort, screen: null };
        process.stdout.write(`${statusLines(status, options).join('\n')}\n`);
      },
    );
  withHelp(command, {
    examples: [
      'loteria status',
      'loteria status central:8080 --sort bets',
      'loteria status --json',
    ],
    variables: VARIABLES,
  });
}

interface TopArguments {
  readonly every: number;
  readonly updates?: number;
  readonly sort: SortKey;
}

/** Adds `loteria top`, which asks again and again until a signal, or for `--updates` times. */
export function addTop(program: Command): void {
  const command = withBoard(program.command('top'))
    .description('show what a central with a live board is doing, live; Ctrl-C ends it')
    .addOption(
      new Option('--every <duration>', 'pause between two updates')
        .default(1_000, '1s')
        .argParser(updatePeriodMs),
    )
    .option('--updates <n>', 'end after so many updates', updateCount)
    .addOption(sortOption(SORT_KEYS))
    .action(async (board: string | undefined, { every, updates, sort }: TopArguments) => {
      const { boardUrl } = await import('../../tools/board/read-board.js');
      const { runTop } = await import('../../tools/board/top.js');
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => {
          stop.abort();
        });
      }
      const url = boardUrl(addressOf(board));
      await runTop({ url, periodMs: every, updates: updates ?? null, sort }, stop.signal);
    });
  withHelp(command, {
    examples: [
      'loteria top',
      'loteria top 8080 --sort rate',
      'loteria top --every 5s --updates 12',
    ],
    variables: VARIABLES,
  });
}
