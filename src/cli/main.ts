/**
 * The `loteria` command. Each sub-command's code is loaded only when it runs, so that none of them
 * pays for the others.
 */
import { Command } from 'commander';
import { EXIT, packageVersion } from '../base/process';
import { addStatus, addTop } from './commands/board';
import { addConfig } from './commands/config';
import { addCompose, addData, addDemo } from './commands/data';
import { addClient, addServer } from './commands/programs';
import { addSecret, addStore } from './commands/store';
import { addVerify } from './commands/verify';
import { addCompletion } from './completion';
import { withHelp } from './help';
import { exitWith } from './run';

function program(): Command {
  const command = new Command('loteria')
    .description('Loteria Nacional: one central, many agencies')
    .version(packageVersion())
    .showHelpAfterError('(--help shows the options, with examples)')
    .exitOverride((error) => {
      // Help is no error; everything else that commander throws is wrong usage.
      process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    });
  withHelp(command, { examples: ['loteria demo', 'loteria demo --kill 3', 'loteria help server'] });
  addServer(command);
  addClient(command);
  addDemo(command);
  addStatus(command);
  addTop(command);
  addConfig(command);
  addData(command);
  addCompose(command);
  addVerify(command);
  addSecret(command);
  addStore(command);
  addCompletion(command);
  return command;
}

exitWith(program().parseAsync(process.argv));
