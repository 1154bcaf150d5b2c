/** `loteria store init`, `status`, `export` and `import`: a lottery in a PostgreSQL. */
import type { Command } from 'commander';
import { withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

interface DatabaseOptions {
  readonly json?: boolean;
  readonly passwordFile?: string;
}

const URL_FORM = 'postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE, as in STORE';
const URL = 'postgres://loteria@10.0.0.11,10.0.0.12/lottery';

/** @param store the command `store`, which gets these as sub-commands */
export function addDatabaseCommands(store: Command): void {
  addInit(store);
  addStoreStatus(store);
  addExport(store);
  addImport(store);
}

function addInit(store: Command): void {
  const command = onDatabase(store.command('init').argument('<url>', URL_FORM))
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

function addStoreStatus(store: Command): void {
  const command = onDatabase(store.command('status').argument('<url>', URL_FORM))
    .description('show what a PostgreSQL holds of a lottery, and how it is replicated')
    .action(async (url: string, { json, passwordFile }: DatabaseOptions) => {
      const { statusText, storeStatus } = await import('../../tools/database/status.js');
      const status = await storeStatus(url, passwordFile ?? null);
      if (json === true) writeJson(status);
      else process.stdout.write(statusText(status));
    });
  withHelp(command, { examples: [`loteria store status ${URL}`] });
}

function addExport(store: Command): void {
  const command = onDatabase(store.command('export').argument('<url>', URL_FORM))
    .argument('<directory>', 'to write; it must not exist')
    .description('write bets.csv, winners.csv and acta.json of a lottery in a PostgreSQL')
    .action(async (url: string, directory: string, { json, passwordFile }: DatabaseOptions) => {
      const { exportStore } = await import('../../tools/database/export.js');
      const { reportOf } = await import('../../tools/verify/verify-report.js');
      const report = reportOf(await exportStore(url, passwordFile ?? null, directory));
      if (json === true) writeJson(report);
      else process.stdout.write(`${directory}: ${betsText(report)}\n`);
    });
  withHelp(command, { examples: [`loteria store export ${URL} exported`] });
}

function addImport(store: Command): void {
  const command = onDatabase(
    store
      .command('import')
      .argument('<directory>', 'DATA_DIR of a central that is not running')
      .argument('<url>', URL_FORM),
  )
    .description('take the lottery of a directory into a PostgreSQL that is new from store init')
    .action(async (directory: string, url: string, { json, passwordFile }: DatabaseOptions) => {
      const { importStore } = await import('../../tools/database/import.js');
      const { reportOf } = await import('../../tools/verify/verify-report.js');
      const report = reportOf(await importStore(directory, url, passwordFile ?? null));
      if (json === true) writeJson(report);
      else process.stdout.write(`${directory}: ${betsText(report)}, now in the database\n`);
    });
  withHelp(command, { examples: [`loteria store import /var/lib/loteria ${URL}`] });
}

/** The lottery is in a PostgreSQL. */
function onDatabase(command: Command): Command {
  return withJson(command).option('--password-file <file>', 'the password of USER');
}

function betsText({ bets, agencies }: { bets: number; agencies: readonly unknown[] }): string {
  return `${String(bets)} bets of ${String(agencies.length)} agencies`;
}
