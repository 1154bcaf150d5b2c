import { readFileSync } from 'node:fs';

/**
 * How many descriptors the system lets this process have; Node has raised its own limit to this
 * when it started.
 *
 * @param limits the text of `/proc/self/limits`
 * @returns Infinity where the system does not say
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
