/**
 * The processes that work in a folder: PostgreSQL, Patroni and etcd each change into a folder of their own, and so do
 * their children. So a signal reaches all of a node, and nothing that somebody else has started.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sep } from 'node:path';

/** @returns process ids */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isIn(folder, name))
    .map(Number);
}

/** Sends a signal to all of them, again while there are new ones. */
export function signalFolder(folder: string, signal: NodeJS.Signals): void {
  const done = new Set<number>();
  for (;;) {
    const left = processesIn(folder).filter((pid) => !done.has(pid));
    if (left.length === 0) return;
    for (const pid of left) {
      done.add(pid);
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function isIn(folder: string, pid: string): boolean {
  try {
    const directory = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
    if (directory !== folder && !directory.startsWith(folder + sep)) return false;
    // What has ended, and is not waited for yet, still has its place.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
