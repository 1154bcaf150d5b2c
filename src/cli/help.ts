/** What stands below the options in the help of each sub-command. */
import type { Command } from 'commander';
import type { Setting } from '../base/settings';
import { durationText } from '../base/duration';

export interface HelpText {
  /** Command lines that work as they are. */
  readonly examples: readonly string[];
  /** Settings that the command reads from the environment, else from its configuration file. */
  readonly settings?: readonly Setting<unknown>[];
  /** Other environment variables, each with what it does. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Adds these texts to the help of a command. They are composed only when somebody asks for it. @returns `command` */
export function withHelp(command: Command, { examples, settings, variables }: HelpText): Command {
  command.addHelpText('after', () => {
    const parts = [`Examples:\n${examples.map((line) => `  ${line}\n`).join('')}`];
    if (settings !== undefined) {
      const rows = settings.map(settingRow);
      parts.push(`Settings (environment, else the configuration file):\n${columns(rows)}`);
    }
    if (variables !== undefined) {
      parts.push(`Environment:\n${columns(Object.entries(variables))}`);
    }
    return `\n${parts.join('\n').trimEnd()}`;
  });
  return command;
}

function settingRow({ key, env, help, fallback }: Setting<unknown>): readonly [string, string] {
  const place = key.join('.').replace(/^DEFAULT\./, '');
  const name = place === env ? env : `${env} (${place})`;
  if (fallback === undefined) return [name, `${help}; required`];
  return [name, fallback === '' ? help : `${help} [${durationText(fallback)}]`];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('');
}
