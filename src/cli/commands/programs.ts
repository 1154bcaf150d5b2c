/** `loteria server` and `loteria client`. */
import { Option, type Command } from 'commander';
import type { ClientArguments } from '../../client/main';
import { CLIENT_SETTINGS } from '../../client/settings';
import { DIALECTS } from '../../protocol/conversion';
import { SERVER_SETTINGS } from '../../server/settings';
import { duration } from '../arguments';
import { withHelp } from '../help';

/** Adds `loteria server`, which runs until a signal ends it, and exits with its code. */
export function addServer(program: Command): void {
  const command = program
    .command('server')
    .description('run the central (or, with SERVER_MODE=echo, the echo server)')
    .option('--config <file>', 'configuration file (default: ./config.ini or ./server/config.ini)')
    .action(async (options: { config?: string }) => {
      const { runServer } = await import('../../server/main.js');
      process.exitCode = await runServer(options);
    });
  withHelp(command, {
    examples: [
      'loteria server --config server/config.ini',
      'SERVER_PORT=12345 SERVER_LISTEN_BACKLOG=64 LOGGING_LEVEL=INFO loteria server',
      'AGENCIES=3 DATA_DIR=/var/lib/loteria loteria server',
    ],
    settings: SERVER_SETTINGS,
  });
}

/** Adds `loteria client`, which runs until the agency has its winners, or its last echo. Options override file and environment. */
export function addClient(program: Command): void {
  const command = program
    .command('client')
    .description('run an agency (or, with CLI_MODE=echo, the echo client)')
    .option(
      '--config <file>',
      'configuration file (default: ./config.yaml or ./client/config.yaml)',
    )
    .option('--skip-invalid', 'log and count bad rows of the CSV file instead of stopping at one')
    .addOption(
      new Option('--dialect <name>', 'what the central speaks (default: native)').choices([
        'native',
        ...DIALECTS,
      ]),
    )
    .option('--pace <duration>', 'spread the bets over a duration, as 90s or 5m', duration)
    .action(async (options: ClientArguments) => {
      const { runClient } = await import('../../client/main.js');
      process.exitCode = await runClient(options);
    });
  withHelp(command, {
    examples: [
      'CLI_ID=1 loteria client --config client/config.yaml',
      'CLI_ID=1 CLI_SERVER_ADDRESS=127.0.0.1:12345 CLI_DATA=bets.csv loteria client --pace 60s',
      'CLI_ID=1 NOMBRE=Ana APELLIDO=Paz DOCUMENTO=30904465 NACIMIENTO=1999-03-17 NUMERO=7574 loteria client',
    ],
    settings: CLIENT_SETTINGS,
    variables: { 'NOMBRE, APELLIDO, DOCUMENTO, NACIMIENTO, NUMERO': 'one bet, instead of a file' },
  });
}
