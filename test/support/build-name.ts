/** Which build a campaign was run on, for the record in docs/RELIABILITY.md. */
import { spawnSync } from 'node:child_process';

/** The commit that `directory` is at, with `-dirty` when files differ from it. */
export function buildName(directory: string): string {
  const git = (...args: readonly string[]): string | null => {
    const { status, stdout } = spawnSync('git', ['-C', directory, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (commit === null) return 'unknown';
  const isDirty = git('status', '--porcelain', '--untracked-files=no') !== '';
  return isDirty ? `${commit}-dirty` : commit;
}
