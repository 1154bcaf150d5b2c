/** `loteria complete`: a library's, changed where it leaves something to be desired. */
import { ShellCompDirective } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { ownStart, programCommand } from '../base/program/program-command';
import { BASH_COMPLETION } from './bash-completion';
import { withHelp } from './help';

/**
 * Adds the command, which answers what the shell is to complete: `complete -- WORDS`. To be called last: it knows
 * the commands that are there.
 */
export function addCompletion(program: Command): void {
  adapt(tab(program));
  const command = program.commands.find((other) => other.name() === 'complete');
  if (command === undefined) return;
  command.description('write the script with which a shell completes command lines');
  for (const shell of command.registeredArguments) shell.description = 'bash, zsh or fish';
  withHelp(command, {
    examples: [
      'source <(loteria complete bash)',
      'source <(loteria complete zsh)',
      'loteria complete fish | source',
    ],
  });
}

/** Changes the scripts of the library, and what it answers where it knows nothing. */
function adapt(root: ReturnType<typeof tab>): void {
  const setup = root.setup.bind(root);
  root.setup = (name, _program, shell) => {
    if (shell === 'bash') process.stdout.write(BASH_COMPLETION);
    else setup(name, programCommand({ ...ownStart(), cwd: null }), shell);
  };
  // The library says that no position takes a file: where it knows no value, the shell completes paths.
  const { ShellCompDirectiveDefault, ShellCompDirectiveNoFileComp } = ShellCompDirective;
  Object.defineProperty(root, 'directive', {
    get: () =>
      root.completions.length === 0 ? ShellCompDirectiveDefault : ShellCompDirectiveNoFileComp,
    set: () => undefined,
  });
}
