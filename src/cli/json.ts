/** Output for programs. */
import type { Command } from 'commander';

export function withJson(command: Command): Command {
  return command.option('--json', 'write the result as JSON, for programs');
}

export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
