/** strace, where it is installed and may trace. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Why processes cannot be traced here, or null when they can. */
export function whyNoStrace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-D', '-f', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `strace cannot be run: ${error.message}`;
  return status === 0 ? null : `strace may not trace here: ${stderr.trim()}`;
}

/**
 * The process that traces another one; 0 when none does.
 *
 * @throws Error ENOENT when there is no such process
 */
export function tracerOf(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^TracerPid:\s*(\d+)$/m.exec(status)?.[1]);
}
