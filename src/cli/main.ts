/**
 * The `loteria` command. Each sub-command's code is loaded only when it runs, so that none of them
 * pays for the others.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../base/duration';
import { LIMITS } from '../base/limits';
import { EXIT } from '../base/process';
import type { ClientArguments } from '../client/main';
import { DIALECTS } from '../protocol/conversion';
import { exitWith } from './exit';

/** How long agencies take whose central is killed on the way, when nothing else is said: time to see it. */
const KILLING_PACE = '20s';

function program(): Command {
  const command = new Command('loteria')
    .description('Loteria Nacional: one central, many agencies')
    .version(packageVersion())
    .showHelpAfterError()
    .exitOverride((error) => {
      // Help is no error; everything else that commander throws is wrong usage.
      process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    });
  addServer(command);
  addClient(command);
  addDemo(command);
  addData(command);
  addCompose(command);
  addVerify(command);
  addSecret(command);
  addStore(command);
  return command;
}

function packageVersion(): string {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function addServer(command: Command): void {
  command
    .command('server')
    .description('run the central (or, with SERVER_MODE=echo, the echo server)')
    .option('--config <file>', 'configuration file (default: ./config.ini or ./server/config.ini)')
    .action(async (options: { config?: string }) => {
      const { runServer } = await import('../server/main.js');
      process.exitCode = await runServer(options);
    });
}

function addClient(command: Command): void {
  command
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
      const { runClient } = await import('../client/main.js');
      process.exitCode = await runClient(options);
    });
}

interface DemoArguments extends DataOptions {
  readonly pace?: string;
  readonly kill: number;
}

interface DataOptions {
  readonly agencies: number;
  readonly bets?: number;
  readonly seed?: number;
  readonly data: string;
}

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

function addDemo(command: Command): void {
  withDataOptions(command.command('demo'))
    .description('run one central and several agencies on this machine, and show what happens')
    .option('--pace <duration>', 'how long the agencies take, as 60s (with --kill: 20s)', duration)
    .addOption(
      new Option('--kill <n>', 'kill the central n times on the way, and start it again')
        .default(0)
        .argParser(killCount),
    )
    .action(async (args: DemoArguments) => {
      const { agencies, bets: each, seed, data: directory, kill: kills } = args;
      const { runDemo } = await import('../tools/demo/demo.js');
      const pace = args.pace ?? (kills > 0 ? KILLING_PACE : '0');
      const paceMs = parseDurationMs(pace) ?? 0;
      const complete = await runDemo({ agencies, bets: each, seed, directory, paceMs, kills });
      process.exitCode = complete ? EXIT.ok : EXIT.failure;
    });
}

function addData(command: Command): void {
  withDataOptions(command.command('data'))
    .description("provide the agencies' files: those that are missing are unpacked or made up")
    .action(async ({ agencies, bets: each, seed, data: directory }: DataOptions) => {
      const { prepareData } = await import('../tools/data/prepare-data.js');
      const prepared = prepareData({ directory, agencies, bets: each, seed });
      process.stdout.write(
        `${directory}: ${String(prepared.present)} files were there, ` +
          `${String(prepared.unpacked)} unpacked, ${String(prepared.generated)} generated\n`,
      );
    });
}

function addCompose(command: Command): void {
  command
    .command('compose')
    .description(
      'write a Compose file for one server and N clients (MODE, EDITION, WINNING_NUMBER, DRAW_SALT, DRAW_SALT_SOURCE, SUBNET, PERSIST, ENV)',
    )
    .argument('<clients>', 'how many clients')
    .argument('[file]', 'where to write it (default: standard output)')
    .action(async (clients: string, file: string | undefined) => {
      const compose = await import('../tools/compose.js');
      const options = compose.composeOptions(compose.parseClients(clients), process.env);
      if (file === undefined) process.stdout.write(compose.composeText(options));
      else compose.writeCompose(file, options);
    });
}

function addVerify(command: Command): void {
  command
    .command('verify')
    .description('check journal, bets, winners and acta of a directory against each other')
    .argument('<directory>', 'DATA_DIR of a central that is not running, or a copy of it')
    .option('--digest <hex>', 'what the digest of all bets must be')
    .option('--commitment <hex>', 'what was published of a random winning number')
    .action(async (directory: string, published: { digest?: string; commitment?: string }) => {
      const { verifyStore } = await import('../tools/verify/verify.js');
      const { reportText } = await import('../tools/verify/verify-report.js');
      process.stdout.write(reportText(await verifyStore(directory, published)));
    });
}

function addSecret(command: Command): void {
  command
    .command('secret')
    .description(
      "make the agencies' secrets: agency-N.token for each, and the file for the central",
    )
    .addOption(
      new Option('--agencies <n>', 'how many agencies').env('AGENCIES').default(5).argParser(count),
    )
    .option('--out <directory>', 'where to write them; nothing is replaced', 'secrets')
    .action(async ({ agencies, out }: { agencies: number; out: string }) => {
      const { makeSecrets } = await import('../tools/secret.js');
      const file = makeSecrets({ directory: out, agencies });
      process.stdout.write(
        `${out}: tokens of ${String(agencies)} agencies; SECRETS_FILE=${file}\n`,
      );
    });
}

function addStore(command: Command): void {
  const store = command
    .command('store')
    .description('change what a stopped central was begun with; acta and verify name the change');
  store
    .command('agencies')
    .description('change how many agencies take part, while no draw was made')
    .argument('<directory>', 'DATA_DIR of a central that is not running')
    .argument('<agencies>', 'how many', agencyCount)
    .action(async (directory: string, agencies: number) => {
      const { changeAgencies } = await import('../tools/store/store-agencies.js');
      const { from, to } = await changeAgencies(directory, agencies);
      const what = from === to ? 'as before' : `${String(from)} before`;
      process.stdout.write(`${directory}: AGENCIES=${String(to)}, ${what}\n`);
    });
  store
    .command('salt')
    .description('record what DRAW_SALT_SOURCE has published, when all agencies have finished')
    .argument('<directory>', 'DATA_DIR of a central that is not running')
    .argument('<value>', 'as it was published', saltValue)
    .action(async (directory: string, value: string) => {
      const { recordSalt } = await import('../tools/store/store-salt.js');
      const { source, wasThere } = await recordSalt(directory, value);
      const when = wasThere ? 'as before' : 'the next start draws';
      process.stdout.write(`${directory}: salt ${value} of ${source}, ${when}\n`);
    });
}

function saltValue(text: string): string {
  const { drawSaltBytesMax } = LIMITS;
  const isPrintable = /^[\x21-\x7b}~](?:[\x20-\x7b}~]*[\x21-\x7b}~])?$/.test(text);
  if (isPrintable && text.length <= drawSaltBytesMax) return text;
  const expected = `1 to ${String(drawSaltBytesMax)} printable ASCII characters other than |`;
  throw new InvalidArgumentError(`"${text}": expected ${expected}, without spaces around them`);
}

function agencyCount(text: string): number {
  const { agencyNumberMax } = LIMITS;
  if (/^\d{1,5}$/.test(text) && Number(text) <= agencyNumberMax) return Number(text);
  const expected = `expected a whole number from 0 to ${String(agencyNumberMax)}`;
  throw new InvalidArgumentError(`"${text}": ${expected}`);
}

function killCount(text: string): number {
  const { demoKillsMax } = LIMITS;
  if (/^\d{1,3}$/.test(text) && Number(text) <= demoKillsMax) return Number(text);
  const expected = `expected a whole number from 0 to ${String(demoKillsMax)}`;
  throw new InvalidArgumentError(`"${text}": ${expected}`);
}

/** A duration stays as it is written: settings take it in this form. */
function duration(text: string): string {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms <= LIMITS.durationMsMax) return text;
  throw new InvalidArgumentError(`"${text}": expected a duration such as 100ms, 5s or 1m30s`);
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}": expected a whole number`);
}

exitWith(program().parseAsync(process.argv));
