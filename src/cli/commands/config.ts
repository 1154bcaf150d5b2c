/** `loteria config`: the settings of a program, and where each comes from. */
import { Argument, Option, type Command } from 'commander';
import { EXIT } from '../../base/process';
import { withJson, writeJson } from '../arguments';
import { withHelp } from '../help';

interface ConfigArguments {
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds `loteria config`, which shows all settings, and then fails if one of them is a problem. */
export function addConfig(program: Command): void {
  const command = withJson(program.command('config'))
    .description('show the settings of a program: each with its value, and where that comes from')
    .addArgument(new Argument('[program]', 'whose').choices(['server', 'client']).default('server'))
    .addOption(new Option('--config <file>', 'configuration file, as of the program'))
    .action(async (of: 'server' | 'client', { config, json }: ConfigArguments) => {
      const tool = await import('../../tools/show-config.js');
      const report = tool.readConfig(of, config, process.env);
      if (json === true) writeJson(report);
      else process.stdout.write(tool.configText(report));
      process.exitCode = report.problems.length === 0 ? EXIT.ok : EXIT.failure;
    });
  withHelp(command, {
    examples: [
      'loteria config',
      'loteria config server --config server/config.ini --json',
      'CLI_ID=1 loteria config client',
    ],
    variables: { 'those of the program': 'see loteria server --help, loteria client --help' },
  });
}
