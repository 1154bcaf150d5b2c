/** strace, where it is installed and may trace. */
import { spawnSync } from 'node:child_process';

/** Why processes cannot be traced here, or null when they can. */
export function whyNoStrace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-D', '-f', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `strace cannot be run: ${error.message}`;
  return status === 0 ? null : `strace may not trace here: ${stderr.trim()}`;
}
