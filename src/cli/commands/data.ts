/** `loteria demo`, `data` and `compose`: what one needs to try it. */
import { Option, type Command } from 'commander';
import { LIMITS } from '../../base/limits';
import { EXIT } from '../../base/process';
import { count, durationMs, killCount, portNumber, withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

interface DataOptions {
  readonly agencies: number;
  readonly bets?: number;
  readonly seed?: number;
  readonly data: string;
}

interface DemoArguments extends DataOptions {
  readonly pace?: number;
  readonly kill: number;
  readonly boardPort: number;
  readonly keep?: boolean;
}

const DATA_VARIABLES = {
  AGENCIES: 'how many agencies, where --agencies does not say it',
  BETS: 'bets of each agency whose file is made up, where --bets does not say it',
};

/** What `demo` and `data` have in common. */
function withDataOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--agencies <n>', 'how many agencies').env('AGENCIES').default(5).argParser(count),
    )
    .addOption(
      new Option('--bets <n>', 'bets of each agency whose file is made up')
        .env('BETS')
        .argParser(count),
    )
    .option('--seed <n>', 'seed for made-up bets', count)
    .option('--data <directory>', "where the agencies' files are", '.data');
}

/** Adds `loteria demo`, which fails unless all that was sent is stored, and every agency has its winners. */
export function addDemo(program: Command): void {
  const command = withDataOptions(program.command('demo'))
    .description('run one central and several agencies on this machine, and show what happens')
    .option(
      '--pace <duration>',
      'how long the agencies take, as 60s (with --kill: 20s)',
      durationMs,
    )
    .addOption(
      new Option('--kill <n>', 'kill the central n times on the way, and start it again')
        .default(0)
        .argParser(killCount),
    )
    .addOption(
      new Option('--board-port <port>', 'port of the live board')
        .env('BOARD_PORT')
        .default(0, 'any that is free')
        .argParser(portNumber),
    )
    .option('--keep', 'keep the central and its board after the draw, until Ctrl-C')
    .action(async (args: DemoArguments) => {
      const { agencies, bets: each, seed, data: directory, kill: kills } = args;
      const { runDemo } = await import('../../tools/demo/demo.js');
      const paceMs = args.pace ?? (kills > 0 ? LIMITS.demoKillingPaceMs : 0);
      const { boardPort, keep = false } = args;
      const data = { agencies, bets: each, seed, directory };
      const complete = await runDemo({ ...data, paceMs, kills, boardPort, keep });
      process.exitCode = complete ? EXIT.ok : EXIT.failure;
    });
  withHelp(command, {
    examples: [
      'loteria demo',
      'loteria demo --agencies 8 --bets 50000',
      'loteria demo --kill 3 --pace 60s --board-port 8080 --keep',
    ],
    variables: {
      ...DATA_VARIABLES,
      BOARD_PORT: 'of the live board, where --board-port does not say it',
    },
  });
}

/** Adds `loteria data`, which replaces no file that is there. */
export function addData(program: Command): void {
  const command = withJson(withDataOptions(program.command('data')))
    .description("provide the agencies' files: those that are missing are unpacked or made up")
    .action(async (args: DataOptions & { json?: boolean }) => {
      const { agencies, bets: each, seed, data: directory } = args;
      const { prepareData } = await import('../../tools/data/prepare-data.js');
      const prepared = prepareData({ directory, agencies, bets: each, seed });
      if (args.json === true) {
        writeJson({ directory, ...prepared });
        return;
      }
      process.stdout.write(
        `${directory}: ${String(prepared.present)} files were there, ` +
          `${String(prepared.unpacked)} unpacked, ${String(prepared.generated)} generated\n`,
      );
    });
  withHelp(command, {
    examples: ['loteria data', 'loteria data --agencies 3 --bets 100000 --seed 1 --data bets'],
    variables: DATA_VARIABLES,
  });
}

/** Adds `loteria compose`, whose options are variables of the environment. */
export function addCompose(program: Command): void {
  const command = program
    .command('compose')
    .description('write a Compose file for one server and N clients')
    .argument('<clients>', 'how many clients')
    .argument('[file]', 'where to write it (default: standard output)')
    .action(async (clients: string, file: string | undefined) => {
      const compose = await import('../../tools/compose.js');
      const options = compose.composeOptions(compose.parseClients(clients), process.env);
      if (file === undefined) process.stdout.write(compose.composeText(options));
      else compose.writeCompose(file, options);
    });
  withHelp(command, {
    examples: [
      'loteria compose 5 docker-compose-dev.yaml',
      'MODE=echo loteria compose 1',
      'BOARD=1 PERSIST=1 loteria compose 5 docker-compose-dev.yaml',
      'EDITION=2020 loteria compose 3 docker-compose-dev.yaml',
    ],
    variables: {
      MODE: 'lottery or echo: what the programs do (default: their own)',
      EDITION: 'lottery or 2020',
      'WINNING_NUMBER, DRAW_SALT, DRAW_SALT_SOURCE': 'settings of the server',
      SUBNET: "of the containers' network",
      BOARD:
        '1: the live board, at http://127.0.0.1:9464/ of this machine, with BOARD_TOKEN, BOARD_AGENCY_METRICS',
      PERSIST: '1: keep the bets in ./data',
      ENV: 'TEST: echo programs, and a container that checks them',
    },
  });
}
