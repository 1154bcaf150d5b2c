/** `loteria secret`, `store agencies` and `store salt`: for a central that is stopped. */
import { Option, type Command } from 'commander';
import { agencyCount, count, saltValue, withJson, writeJson } from '../arguments';
import { withHelp } from '../help';
import { addDatabaseCommands } from './database';
import { addVerify } from './verify';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `loteria secret`, which replaces no file: a token that was handed out stays valid. */
export function addSecret(program: Command): void {
  const command = withJson(program.command('secret'))
    .description(
      "make the agencies' secrets: agency-N.token for each, and the file for the central",
    )
    .addOption(
      new Option('--agencies <n>', 'how many agencies').env('AGENCIES').default(5).argParser(count),
    )
    .option('--out <directory>', 'where to write them; nothing is replaced', 'secrets')
    .action(async ({ agencies, out, json }: { agencies: number; out: string } & JsonOption) => {
      const { makeSecrets } = await import('../../tools/secret.js');
      const file = makeSecrets({ directory: out, agencies });
      if (json === true) {
        writeJson({ directory: out, agencies, secretsFile: file });
        return;
      }
      process.stdout.write(
        `${out}: tokens of ${String(agencies)} agencies; SECRETS_FILE=${file}\n`,
      );
    });
  withHelp(command, {
    examples: ['loteria secret --agencies 5 --out secrets'],
    variables: { AGENCIES: 'how many agencies, where --agencies does not say it' },
  });
}

/** Adds `loteria store` with all its sub-commands, those on a database included. */
export function addStore(program: Command): void {
  const store = program
    .command('store')
    .description('change what a stopped central was begun with; work on a lottery in a PostgreSQL');
  withHelp(store, {
    examples: ['loteria store agencies data 4', 'loteria store salt data 9c0ff1ce'],
  });
  addStoreAgencies(store);
  addStoreSalt(store);
  addDatabaseCommands(store);
  addVerify(store);
}

function addStoreAgencies(store: Command): void {
  const command = withJson(store.command('agencies'))
    .description('change how many agencies take part, while no draw was made')
    .argument('<directory>', 'DATA_DIR of a central that is not running')
    .argument('<agencies>', 'how many', agencyCount)
    .action(async (directory: string, agencies: number, { json }: JsonOption) => {
      const { changeAgencies } = await import('../../tools/store/store-agencies.js');
      const { from, to } = await changeAgencies(directory, agencies);
      if (json === true) {
        writeJson({ directory, from, to });
        return;
      }
      const what = from === to ? 'as before' : `${String(from)} before`;
      process.stdout.write(`${directory}: AGENCIES=${String(to)}, ${what}\n`);
    });
  withHelp(command, { examples: ['loteria store agencies /var/lib/loteria 4'] });
}

function addStoreSalt(store: Command): void {
  const command = withJson(store.command('salt'))
    .description('record what DRAW_SALT_SOURCE has published, when all agencies have finished')
    .argument('<directory>', 'DATA_DIR of a central that is not running')
    .argument('<value>', 'as it was published', saltValue)
    .action(async (directory: string, value: string, { json }: JsonOption) => {
      const { recordSalt } = await import('../../tools/store/store-salt.js');
      const { source, wasThere } = await recordSalt(directory, value);
      if (json === true) {
        writeJson({ directory, value, source, wasThere });
        return;
      }
      const when = wasThere ? 'as before' : 'the next start draws';
      process.stdout.write(`${directory}: salt ${value} of ${source}, ${when}\n`);
    });
  withHelp(command, { examples: ['loteria store salt /var/lib/loteria 9c0ff1ce'] });
}
