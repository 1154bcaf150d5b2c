/** `loteria store init`: a lottery in a PostgreSQL. */
import type { Command } from 'commander';
import { withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

interface DatabaseOptions {
  readonly json?: boolean;
  readonly passwordFile?: string;
}

export function addStoreInit(store: Command): void {
  const command = onDatabase(store, 'init')
    .description('make the tables of a lottery in a PostgreSQL, where there are none')
    .option('--role <name>', 'that centrals connect as; it gets the rights they need')
    .action(async (url: string, options: DatabaseOptions & { readonly role?: string }) => {
      const { json, passwordFile = null, role = null } = options;
      const { initStore } = await import('../../tools/database/init.js');
      const { name, isNew } = await initStore(url, passwordFile, role);
      if (json === true) writeJson({ store: name, isNew });
      else process.stdout.write(`${name}: ${isNew ? 'the tables are made' : 'as before'}\n`);
    });
  withHelp(command, {
    examples: ['loteria store init postgres://owner@10.0.0.11,10.0.0.12/lottery --role loteria'],
  });
}

/** A command on a lottery in a PostgreSQL. */
function onDatabase(store: Command, name: string): Command {
  return withJson(store.command(name))
    .argument('<url>', 'postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE, as in STORE')
    .option('--password-file <file>', 'the password of USER');
}
