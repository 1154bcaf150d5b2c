/** Completion of command lines: a library's, where it leaves something to be desired changed. */
import { ShellCompDirective } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { ownStart, programCommand } from '../base/program/program-command';
import { BASH_COMPLETION } from './bash-completion';

/** Adds the command `complete`. */
export function offerCompletion(command: Command): void {
  const root = tab(command);
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
