/** Where the figures were measured. */
import { statfsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs (no disk at all)'],
  [0x794c7630, 'overlayfs'],
]);

/** @param directory where the data go */
export function describeMachine(directory: string): string {
  const { type } = statfsSync(directory);
  const fileSystem = FILE_SYSTEMS.get(type) ?? `file system 0x${type.toString(16)}`;
  const all = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return [
    `${all[0]?.model.trim() ?? 'unknown CPU'}, ${String(all.length)} cores`,
    memory,
    fileSystem,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
  ].join(', ');
}
