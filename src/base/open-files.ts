import { readFileSync } from 'node:fs';

/**
 * The process's limit on open descriptors; Node raises its soft limit to this when it starts.
 *
 * @param limits the text of `/proc/self/limits`
 * @returns Infinity where it is unknown
 */
export function openFilesMax(limits: string = readLimits()): number {
  const found = /^Max open files +(\d+) /m.exec(limits);
  return found === null ? Infinity : Number(found[1]);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
